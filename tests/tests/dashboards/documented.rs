//! docs/views.md: its tables are the database's own, its queries are run.

use std::{fmt::Write as _, fs, path::Path};

use ticketlens_tests::{
    Database,
    dashboards::{Chosen, Dashboard},
};

use crate::{expected, lines, opened, seed::world};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/views.md");
    fs::read_to_string(path).expect("docs/views.md is there")
}

/// What is under a heading, up to the next.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, after) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| {
        panic!("there is a heading {heading}");
    });
    after.split("\n#").next().unwrap_or_default()
}

/// The views as the database knows them, as the document writes them.
fn tables(database: &Database) -> Vec<(String, String)> {
    let sql = "SELECT table, concat('| `', name, '` | `', type, '` | ', comment, ' |') \
               FROM system.columns WHERE database = 'ticketlens' ORDER BY table, position";
    let found = database.admin().table(sql).unwrap();
    let mut tables: Vec<(String, String)> = Vec::new();
    for row in found.rows {
        let [view, line] = &row[..] else { panic!("two columns: {row:?}") };
        if tables.last().is_none_or(|(last, _)| last != view) {
            tables.push((view.clone(), "| column | type | meaning |\n|---|---|---|\n".to_owned()));
        }
        let (_, table) = tables.last_mut().unwrap();
        // A dictionary is nothing that a query notices.
        let _ = writeln!(table, "{}", line.replace("LowCardinality(String)", "String"));
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_and_column_is_documented_as_it_is() {
    let database = Database::start();
    database.store().migrate().await.unwrap();
    let document = document();
    let views = section(&document, "## The views");
    assert!(views.trim().is_empty(), "the views' headings are a level below: {views}");
    let tables = tables(&database);
    for (view, table) in &tables {
        let said = section(&document, &format!("### {view}"));
        assert!(said.ends_with(table.as_str()), "### {view}, as it should be:\n\n{table}");
    }
    let documented = document.matches("\n| column | type | meaning |\n").count();
    assert_eq!(documented, tables.len(), "no table of what is not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_of_the_document_answers() {
    let (_database, readers) = world().await;
    let acme = readers.tenant("acme");
    let all = opened(&Dashboard::named("overview"));
    let document = document();
    let (mut wrong, mut run) = (String::new(), 0);
    for part in document.split("\n### ") {
        let Some((_, sql)) = part.split_once("\n```sql\n") else { continue };
        let sql = sql.split("\n```").next().unwrap();
        let title = part.lines().next().unwrap();
        let answer = acme.table(&all.expand(sql).unwrap());
        let lines = lines(&answer.unwrap_or_else(|e| panic!("{title}: {e}")));
        if expected::of(&format!("views: {title}")) != Some(lines.clone()) {
            let _ = writeln!(wrong, "## views: {title}\n{}", lines.join("\n"));
        }
        run += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(run, 16, "fifteen queries, and the one that shows variables");

    let variables = section(&document, "### Variables");
    let sql = variables.split("```").nth(1).unwrap().trim_start_matches("sql");
    for (workflows, tickets) in
        [(&["triage"][..], "1"), (&["triage", "support"], "5"), (&["x"], "0")]
    {
        let several = Chosen::Several(workflows.iter().map(ToString::to_string).collect());
        let sql = all.clone().with("workflow", several).expand(sql).unwrap();
        assert_eq!(acme.table(&sql).unwrap().rows, [[tickets]], "{workflows:?}");
    }
}
