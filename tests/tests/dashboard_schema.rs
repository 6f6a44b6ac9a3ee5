//! The dashboards against the schema that Grafana publishes for them, by a peer that reads it.
#![expect(clippy::expect_used, clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use ticketlens_tests::peer;

/// What is wrong with them, one line a problem.
fn problems(files: &[PathBuf]) -> Vec<String> {
    let check = peer("grafana", "check-dashboard");
    let output = Command::new(check).args(files).output().expect("the check runs");
    let lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(Into::into).collect();
    let code = i32::from(!lines.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "it ends as it says: {lines:?} {said}");
    lines
}

#[test]
fn every_dashboard_is_what_grafana_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../grafana/dashboards");
    let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} is there", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    assert!(!files.is_empty(), "there are dashboards");
    let problems = problems(&files);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A dashboard with one panel of each kind that is read in its own way.
const SAMPLE: &str = include_str!("dashboard_schema/sample.json");

#[test]
fn the_check_sees_what_is_unknown_and_what_has_another_type() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sample.json");
    let of = |dashboard: &Value| {
        fs::write(&file, dashboard.to_string()).unwrap();
        let prefix = format!("{}: ", file.display());
        let lines = problems(std::slice::from_ref(&file));
        lines.iter().map(|line| line.trim_start_matches(&prefix).to_owned()).collect::<Vec<_>>()
    };
    let sample: Value = serde_json::from_str(SAMPLE).unwrap();
    assert_eq!(of(&sample), [""; 0], "the sample is good");

    let step = "/panels/1/panels/0";
    for (place, value, problem) in [
        ("/refreshing", json!("10s"), "Dashboard: unexpected field 'refreshing'"),
        ("/title", json!(7), "title: json: cannot unmarshal number into Go value of type string"),
        ("/panels/0/type", json!("timeserie"), "panels[0].type: unknown panel 'timeserie'"),
        (
            "/panels/0/options/legend/placment",
            json!("right"),
            "panels[0].options.legend.VizLegendOptions: unexpected field 'placment'",
        ),
        (
            "/panels/0/fieldConfig/defaults/units",
            json!("s"),
            "panels[0].fieldConfig.defaults.FieldConfig: unexpected field 'units'",
        ),
        (
            "/panels/0/fieldConfig/defaults/custom/fillOpacity",
            json!("10"),
            "panels[0].fieldConfig.defaults.custom.fillOpacity: json: cannot unmarshal string into \
             Go value of type float64",
        ),
        (
            &format!("{step}/fieldConfig/overrides/0/properties/1/id"),
            json!("custom.widht"),
            "panels[1].panels[0].fieldConfig.overrides[0].custom.widht.TableFieldOptions: unexpected \
             field 'widht'",
        ),
        (
            &format!("{step}/fieldConfig/defaults/custom/wrapText"),
            json!("yes"),
            "panels[1].panels[0].fieldConfig.defaults.custom.wrapText: has another type",
        ),
        (
            &format!("{step}/fieldConfig/overrides/0/properties/3/value"),
            json!({"vis": true}),
            "panels[1].panels[0].fieldConfig.overrides[0].custom.hideFrom: has another type",
        ),
        (
            &format!("{step}/options/maxRowHeight"),
            json!("140"),
            "panels[1].panels[0].options.maxRowHeight: has another type",
        ),
        (
            &format!("{step}/fieldConfig/overrides/1/properties/0/value/colour"),
            json!("red"),
            "panels[1].panels[0].fieldConfig.overrides[1].custom.cellOptions: has another type",
        ),
        (
            &format!("{step}/targets/0/rawSQL"),
            json!("SELECT 1"),
            "panels[1].panels[0].targets[0].rawSQL: unexpected field",
        ),
        (
            "/panels/2/targets/0/format",
            json!(1),
            "panels[2].targets[0].format: must be 3 for 'traces'",
        ),
        (
            "/panels/2/targets/0/datasource/type",
            json!("clickhouse"),
            "panels[2].targets[0].datasource: needs type 'grafana-clickhouse-datasource' and a uid",
        ),
        (
            "/annotations/list/0/target/rawSql",
            json!(""),
            "annotations.list[0].target.rawSql: is missing",
        ),
        (
            "/templating/list/0/hidden",
            json!(true),
            "templating.list[0].VariableModel: unexpected field 'hidden'",
        ),
    ] {
        let mut broken = sample.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap()[key] = value;
        assert_eq!(of(&broken), [problem], "{place}");
    }
}
