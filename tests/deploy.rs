//! The unit of the service, as systemd reads it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

fn unit(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

fn settings(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut settings: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')) {
        settings.entry(name).or_default().push(value);
    }
    settings
}

#[test]
fn the_service_is_bounded_leaves_no_memory_behind_and_its_end_is_told() {
    let service = unit("fitn.service");
    let service = settings(&service);
    let expected = [
        ("LimitCORE", "0"),
        ("MemoryMax", "1G"),
        ("TasksMax", "256"),
        ("OnFailure", "fitn-failure@%n.service"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),
        ("StartLimitIntervalSec", "0"),
        ("UMask", "0027"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
    ];
    for (name, value) in expected {
        assert_eq!(service.get(name).map(Vec::as_slice), Some([value].as_slice()), "{name}");
    }
    assert!(service["ExecStopPost"][0].contains("<3>%n s’est arrêté sur un échec"), "{service:?}");
    let failure = unit("fitn-failure@.service");
    let failure = settings(&failure);
    assert!(failure["ExecStart"][0].contains("%i"), "{failure:?}");
    assert_eq!(failure["SyslogLevel"], ["err"]);
}

#[test]
fn systemd_takes_both_units_and_finds_them_no_looser_than_before() {
    let analyze = |arguments: &[&str], directory: &Path| {
        Command::new("systemd-analyze").args(arguments).current_dir(directory).output()
    };
    let directory = tempfile::tempdir().unwrap();
    if !analyze(&["--version"], directory.path()).is_ok_and(|output| output.status.success()) {
        std::io::stderr().write_all("NOT TESTED: what systemd says of the units; it is not here\n".as_bytes()).unwrap();
        return;
    }
    // The program is not installed here.
    let service = unit("fitn.service").replace("/usr/local/bin/fitn serve", "/bin/true");
    for (name, text) in [("fitn.service", service), ("fitn-failure@.service", unit("fitn-failure@.service"))] {
        fitn_connector::files::write_atomically(&directory.path().join(name), text.as_bytes()).unwrap();
    }
    for name in ["fitn.service", "fitn-failure@fitn.service.service"] {
        let path = directory.path().join(name.replace("@fitn.service.", "@."));
        let output = analyze(&["verify", "--man=no", path.to_str().unwrap()], directory.path()).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("fitn")).collect();
        assert!(output.status.success() && ours.is_empty(), "{name} : {said}");
    }
    let output = analyze(&["security", "--offline=yes", "--threshold=12", "fitn.service"], directory.path()).unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
