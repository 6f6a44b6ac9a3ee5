use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;

fn tickets() -> Listing<7> {
    let mut listing = Listing::new([
        Column::new("executed").keep(),
        Column::new("ticket").keep(),
        Column::new("status").keep(),
        Column::new("took").keep().right().may_drop(3),
        Column::new("category").may_drop(2),
        Column::new("workflow").may_drop(1),
        Column::new("error"),
    ]);
    for (id, status, took, category, error) in [
        ("SUP-1001", "FAILED", "4.2 s", "RETURNS_AND_REFUNDS", "payment_provider_timeout"),
        ("SUP-1002\u{1b}[2J", "SUCCESS", "812 ms", "ORDERS", ""),
    ] {
        listing.row([
            "2026-11-29 08:13:51".into(),
            id.into(),
            Cell::status(status),
            took.into(),
            category.into(),
            "support-agent".into(),
            error.into(),
        ]);
    }
    listing
}

fn plain(room: Room) -> String {
    anstream::adapter::strip_str(&tickets().render(room).text).to_string()
}

#[test]
fn a_pipe_gets_whole_cells_in_aligned_columns() {
    insta::assert_snapshot!(plain(Room::Unlimited), @r"
    executed             ticket             status     took  category             workflow       error
    2026-11-29 08:13:51  SUP-1001           FAILED    4.2 s  RETURNS_AND_REFUNDS  support-agent  payment_provider_timeout
    2026-11-29 08:13:51  SUP-1002\u{1b}[2J  SUCCESS  812 ms  ORDERS               support-agent  -
    ");
    let rendered = tickets().render(Room::Unlimited);
    assert_eq!((rendered.left_out, rendered.is_cut), (vec![], false));
}

#[test]
fn columns_give_way_by_their_importance() {
    insta::assert_snapshot!(plain(Room::Columns(100)), @r"
    executed             ticket             status     took  category       workflow       error
    2026-11-29 08:13:51  SUP-1001           FAILED    4.2 s  RETURNS_AND_…  support-agent  payment_prov…
    2026-11-29 08:13:51  SUP-1002\u{1b}[2J  SUCCESS  812 ms  ORDERS         support-agent  -
    ");
    insta::assert_snapshot!(plain(Room::Columns(80)), @r"
    executed             ticket             status     took  category     error
    2026-11-29 08:13:51  SUP-1001           FAILED    4.2 s  RETURNS_AN…  payment_p…
    2026-11-29 08:13:51  SUP-1002\u{1b}[2J  SUCCESS  812 ms  ORDERS       -
    ");
    insta::assert_snapshot!(plain(Room::Columns(60)), @r"
    executed             ticket             status   error
    2026-11-29 08:13:51  SUP-1001           FAILED   payment_pr…
    2026-11-29 08:13:51  SUP-1002\u{1b}[2J  SUCCESS  -
    ");
    let rendered = tickets().render(Room::Columns(60));
    assert_eq!((rendered.left_out, rendered.is_cut), (vec!["took", "category", "workflow"], true));
}

#[test]
fn a_column_that_is_not_wanted_is_not_missed() {
    let mut listing = Listing::new([Column::new("one"), Column::new("two").only_if(false)]);
    listing.row(["shown".into(), "hidden".into()]);
    let rendered = listing.render(Room::Unlimited);
    assert!(!rendered.text.contains("hidden") && rendered.left_out.is_empty(), "{rendered:?}");
}

#[test]
fn a_column_without_text_is_the_first_to_go() {
    let mut listing = Listing::new([
        Column::new("id"),
        Column::new("note").may_drop(1),
        Column::new("by").may_drop(2),
    ]);
    listing.row(["0123456789".into(), "a note".into(), "".into()]);
    assert_eq!(listing.render(Room::Columns(18)).left_out, ["by"]);
}

proptest! {
    #[test]
    fn a_row_is_one_line_no_wider_than_the_terminal(
        rows in prop::collection::vec([".{0,40}", ".{0,40}", ".{0,40}", ".{0,40}"], 0..5),
        width in 1usize..120,
    ) {
        let mut listing = Listing::new([
            Column::new("first").keep(),
            Column::new("second").right(),
            Column::new("third").may_drop(1),
            Column::new("fourth").keep().may_drop(2),
        ]);
        for row in &rows {
            listing.row(row.each_ref().map(Cell::from));
        }
        let text = listing.render(Room::Columns(width)).text;
        let text = anstream::adapter::strip_str(&text).to_string();
        prop_assert_eq!(text.lines().count(), rows.len() + 1);
        for line in text.lines() {
            prop_assert!(line.width() <= width, "{} > {width}: {line:?}", line.width());
        }
    }

    #[test]
    fn without_a_limit_every_cell_is_whole(cells in [".{0,200}", ".{0,200}"]) {
        let mut listing = Listing::new([Column::new("a").may_drop(1), Column::new("b")]);
        listing.row(cells.each_ref().map(Cell::from));
        let rendered = listing.render(Room::Unlimited);
        let text = anstream::adapter::strip_str(&rendered.text).to_string();
        for cell in &cells {
            prop_assert!(text.contains(&*safe::line(cell)), "{cell:?} not in {text:?}");
        }
    }
}
