//! What the objects promise: probes, safety, that they find each other.

use serde_json::{Value, json};

use crate::rendered::{SETS, objects, one};

fn container(deployment: &Value) -> &Value {
    let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 1);
    &containers[0]
}

#[test]
fn a_receiver_is_asked_whether_it_is_alive_and_ready() {
    for (set, scheme) in [("least", "HTTP"), ("everything", "HTTPS"), ("small", "HTTPS")] {
        let objects = objects(set, &[]);
        let receiver = container(one(&objects, "Deployment"));
        for (probe, path) in [
            ("startupProbe", "/healthz"),
            ("livenessProbe", "/healthz"),
            ("readinessProbe", "/readyz"),
        ] {
            let asked = &receiver[probe]["httpGet"];
            assert_eq!(
                *asked,
                json!({"path": path, "port": "http", "scheme": scheme}),
                "{set}: {probe}"
            );
            assert!(receiver[probe]["timeoutSeconds"].as_u64() > Some(1), "{set}: {probe}");
        }
        let ports = receiver["ports"].as_array().unwrap();
        let http = ports.iter().find(|port| port["name"] == "http").unwrap();
        assert_eq!(http["containerPort"], 4318);
        // A port of the metrics' own, where the settings give them one.
        let metrics = ports.iter().find(|port| port["name"] == "metrics");
        let metrics = metrics.and_then(|port| port["containerPort"].as_u64());
        assert_eq!(metrics, (set == "everything").then_some(9464), "{set}");
    }
}

#[test]
fn a_start_may_take_what_its_settings_say() {
    // Half a minute at least: the first probe asks at once.
    for (set, seconds) in [("least", 360), ("small", 360), ("everything", 30)] {
        let objects = objects(set, &[]);
        let probe = &container(one(&objects, "Deployment"))["startupProbe"];
        let (period, most) =
            (probe["periodSeconds"].as_u64().unwrap(), probe["failureThreshold"].as_u64().unwrap());
        assert_eq!(period * most, seconds, "{set}");
    }
}

#[test]
fn what_is_in_flight_has_time_to_end() {
    // shutdown_deadline_seconds, and how long it takes connections before.
    for (set, deadline, drain) in [("least", 25, 5), ("everything", 100, 15), ("small", 25, 0)] {
        let objects = objects(set, &[]);
        let deployment = one(&objects, "Deployment");
        let grace = &deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"];
        assert_eq!(grace.as_u64(), Some(deadline + drain + 10), "{set}");
        let sleep = &container(deployment)["lifecycle"]["preStop"]["exec"]["command"];
        let expected = if drain == 0 { Value::Null } else { json!(["sleep", drain.to_string()]) };
        assert_eq!(*sleep, expected, "{set}");
    }
}

#[test]
fn a_receiver_may_do_nothing_but_serve() {
    for set in SETS {
        let objects = objects(set, &[]);
        let deployment = one(&objects, "Deployment");
        let pod = &deployment["spec"]["template"]["spec"];
        assert_eq!(pod["automountServiceAccountToken"], false, "{set}");
        assert_eq!(pod["enableServiceLinks"], false, "{set}");
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{set}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{set}");
        for shared in ["hostNetwork", "hostPID", "hostIPC"] {
            assert_eq!(pod[shared], Value::Null, "{set}: {shared}");
        }
        let receiver = container(deployment);
        let safety = &receiver["securityContext"];
        assert_eq!(safety["allowPrivilegeEscalation"], false, "{set}");
        assert_eq!(safety["readOnlyRootFilesystem"], true, "{set}");
        assert_eq!(safety["capabilities"], json!({"drop": ["ALL"]}), "{set}");
        for mount in receiver["volumeMounts"].as_array().unwrap() {
            assert_eq!(mount["readOnly"], true, "{set}: {mount}");
        }
        for of in ["requests", "limits"] {
            assert!(receiver["resources"][of]["memory"].is_string(), "{set}: {of}");
        }
        let accounts = objects.iter().filter(|object| object["kind"] == "ServiceAccount");
        for account in accounts {
            assert_eq!(account["automountServiceAccountToken"], false, "{set}");
            assert_eq!(pod["serviceAccountName"], account["metadata"]["name"], "{set}");
        }
    }
}

#[test]
fn objects_find_each_other() {
    for set in SETS {
        let objects = objects(set, &[]);
        let deployment = one(&objects, "Deployment");
        let pods = deployment["spec"]["template"]["metadata"]["labels"].as_object().unwrap();
        let selects = |selector: &Value| {
            let labels = selector.as_object().unwrap();
            assert_eq!(labels.len(), 2, "{set}: {selector}");
            labels.iter().all(|(name, value)| pods.get(name) == Some(value))
        };
        let mut selectors = 0;
        for (kind, place) in [
            ("Deployment", "/spec/selector/matchLabels"),
            ("Service", "/spec/selector"),
            ("PodDisruptionBudget", "/spec/selector/matchLabels"),
            ("NetworkPolicy", "/spec/podSelector/matchLabels"),
        ] {
            for object in objects.iter().filter(|object| object["kind"] == kind) {
                assert!(selects(object.pointer(place).unwrap()), "{set}: {kind}");
                selectors += 1;
            }
        }
        assert_eq!(
            selectors,
            if set == "everything" {
                4
            } else if set == "least" {
                3
            } else {
                2
            }
        );
        let name = &deployment["metadata"]["name"];
        let service = one(&objects, "Service");
        for object in &objects {
            assert_eq!(object["metadata"]["namespace"], "agents", "{set}: {object}");
            match object["kind"].as_str().unwrap() {
                "HorizontalPodAutoscaler" => {
                    assert_eq!(object["spec"]["scaleTargetRef"]["name"], *name);
                    assert_eq!(deployment["spec"]["replicas"], Value::Null, "two would set them");
                }
                "Ingress" => {
                    let path = &object["spec"]["rules"][0]["http"]["paths"][0];
                    let to = &path["backend"]["service"];
                    assert_eq!(to["name"], service["metadata"]["name"]);
                    let ports = service["spec"]["ports"].as_array().unwrap();
                    assert!(ports.iter().any(|port| port["port"] == to["port"]["number"]), "{to}");
                }
                _ => {}
            }
        }
    }
}

/// Mounted volumes are there, and what is there is mounted.
#[test]
fn every_volume_is_mounted() {
    for set in SETS {
        let objects = objects(set, &[]);
        let deployment = one(&objects, "Deployment");
        let names = |list: &Value| {
            let mut names: Vec<_> =
                list.as_array().unwrap().iter().map(|one| one["name"].to_string()).collect();
            names.sort();
            names
        };
        let volumes = names(&deployment["spec"]["template"]["spec"]["volumes"]);
        assert_eq!(volumes, names(&container(deployment)["volumeMounts"]), "{set}");
        assert_eq!(
            volumes.len(),
            if set == "everything" {
                5
            } else if set == "small" {
                3
            } else {
                2
            }
        );
    }
}

#[test]
fn receivers_are_spread_and_one_at_a_time_is_taken_away() {
    let objects = objects("least", &[]);
    let deployment = one(&objects, "Deployment");
    assert_eq!(deployment["spec"]["replicas"], 2);
    let spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"].as_array();
    let over: Vec<_> = spread.unwrap().iter().map(|one| &one["topologyKey"]).collect();
    assert_eq!(over, ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
    for one in spread.unwrap() {
        assert_eq!(one["labelSelector"], deployment["spec"]["selector"]);
    }
    assert_eq!(one(&objects, "PodDisruptionBudget")["spec"]["maxUnavailable"], 1);
    let update = &deployment["spec"]["strategy"]["rollingUpdate"];
    assert_eq!(*update, json!({"maxSurge": 1, "maxUnavailable": 0}));
}

#[test]
fn another_file_is_another_set_of_pods() {
    let mark = |more: &[&str]| {
        let objects = objects("least", more);
        let pod = &one(&objects, "Deployment")["spec"]["template"]["metadata"];
        pod["annotations"]["checksum/config"].as_str().unwrap().to_owned()
    };
    assert_eq!(mark(&[]), mark(&["--set", "replicas=7"]));
    assert_ne!(mark(&[]), mark(&["--set", "config.commit.window_ms=20"]));
}

#[test]
fn the_image_is_that_of_the_release_or_the_one_that_is_named() {
    for (more, image) in [
        (&[][..], format!("registry.example.com/ticketlens:{}", env!("CARGO_PKG_VERSION"))),
        (&["--set", "image.tag=dev"], "registry.example.com/ticketlens:dev".to_owned()),
    ] {
        let objects = objects("least", more);
        assert_eq!(container(one(&objects, "Deployment"))["image"], image);
    }
    let objects = objects("everything", &[]);
    let digest = format!("registry.example.com/ticketlens@sha256:{}", "a".repeat(64));
    assert_eq!(container(one(&objects, "Deployment"))["image"], digest, "a digest wins");
}
