//! What a month was worth: shown, as a table, and as a file for a client.

use std::fs;

use crate::{dev::Dev, runs};

#[test]
fn a_month_is_shown_exported_and_reported() {
    let dev = Dev::start();
    runs::file(dev.folder.path(), "runs.jsonl", &runs::lines(3));
    dev.call(&["send", "runs.jsonl"]).ended(0);
    let listed = dev.call(&["tickets", "list", "--limit", "1", "--json"]).ended(0).json_lines();
    let (tenant, at) =
        (listed[0]["tenant"].as_str().unwrap(), listed[0]["executed_at"].as_str().unwrap());
    let month = &at[..7];
    let of = ["--tenant", tenant, "--month", month];
    let call = |words: &[&str]| dev.call(&[words, &of].concat());

    let unnamed = dev.call(&["value", "show"]).ended(2);
    assert!(unnamed.err.contains("--tenant NAME; `ticketlens tenant list`"), "{}", unnamed.err);
    let wrong = dev.call(&["value", "show", "--tenant", tenant, "--month", "May"]).ended(2);
    assert!(wrong.err.contains("--month: must be a year from 1970"), "{}", wrong.err);
    dev.call(&["value", "show", "--tenant", "nobody"]).ended(3);
    for words in [["value", "show"].as_slice(), &["report"]] {
        let early = dev.call(&[words, &["--tenant", tenant, "--month", "2299-01"]].concat());
        let early = early.ended(2).err;
        assert!(early.contains("2299-01 is still to come"), "{early}");
    }
    let empty = dev.call(&["report", "--tenant", tenant, "--month", "2020-01"]).ended(0);
    assert!(empty.err.contains("has no tickets in 2020-01"), "{}", empty.err);

    let rates = |words: &[&str]| dev.call(&[&["value", "rates"], words].concat());
    let none = rates(&["list", "--tenant", tenant]).ended(0);
    assert!(none.out.contains("No rates yet; `ticketlens value rates set"), "{}", none.out);
    let unrated = call(&["value", "show"]).ended(0);
    assert!(unrated.err.contains("value rates set --tenant"), "{}", unrated.err);
    let now = dev.call(&["value", "show", "--tenant", tenant]).ended(0).out;
    assert!(now.contains(", so far\n"), "{now}");
    let file = dev.file();
    let read = file["read_key"].as_str().unwrap();
    for own in [&[][..], &["--tenant", tenant]] {
        let show = ["value", "show", "--month", month, "--key", read];
        let told = dev.call(&[&show, own].concat()).ended(0).err;
        assert!(
            told.contains("whoever runs the receiver") && !told.contains("rates set"),
            "{told}"
        );
    }
    let rate = ["set", "--tenant", tenant, "--minutes", "12", "--hourly", "40"];
    let set = rates(&[&rate[..], &["--currency", "eur"]].concat()).ended(0);
    assert!(set.out.contains("(all others)") && set.out.contains("40 EUR"), "{}", set.out);
    let refused = rates(&[&rate[..], &["--currency", "euro"]].concat()).ended(2);
    assert!(refused.err.contains("--currency: is three capitals"), "{}", refused.err);

    let shown = call(&["value", "show"]).ended(0);
    for told in ["tickets", "minutes saved", "worth", "EUR", "category", "model"] {
        assert!(shown.out.contains(told), "{told} in {}", shown.out);
    }
    let why = "the cost is not known; it takes prices of the models";
    assert!(shown.err.contains(why) && !shown.out.contains("net"), "{}\n{}", shown.out, shown.err);
    let document = call(&["value", "show", "--json"]).ended(0).json();
    assert!(document["figures"]["no_net"].as_str().unwrap().contains(why), "{document}");
    assert_eq!(document["figures"]["tickets"], 3);
    let csv = call(&["value", "show", "--csv"]).ended(0).out;
    assert!(csv.starts_with("tenant,month,kind,name,tickets,"), "{csv}");
    assert!(csv.contains(&format!("{tenant},{month},total,,3,")), "{csv}");

    let named = format!("{tenant}-{month}.html");
    let wrote = call(&["report"]).ended(0);
    assert_eq!(wrote.out, format!("wrote {named}\n"));
    let page = fs::read_to_string(dev.folder.path().join(&named)).unwrap();
    assert!(page.starts_with("<!") && page.contains("Content-Security-Policy"), "{page}");
    let again = call(&["report"]).ended(2);
    assert!(again.err.contains("is there already") && again.err.contains("--output"));
    call(&["report", "--output", &named]).ended(2);
    let told = call(&["report", "--output", "-"]).ended(0).out;
    assert!(told.starts_with("<!") && told.trim_end().ends_with("</html>"));
    call(&["report", "--json"]).ended(0);
    let json = fs::read_to_string(dev.folder.path().join(format!("{tenant}-{month}.json")));
    assert!(json.unwrap().contains("\"minutes_saved\""));

    rates(&["remove", "--tenant", tenant]).ended(0);
    let gone = rates(&["remove", "--tenant", tenant]).ended(3);
    let what = format!("the rate for all other categories of {tenant} is not set");
    assert!(gone.err.contains(&what) && gone.err.contains("rates list --tenant"), "{}", gone.err);
    let nobody = rates(&["remove", "--tenant", "nobody"]).ended(3);
    assert!(nobody.err.contains("tenant list"), "{}", nobody.err);
}
