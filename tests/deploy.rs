//! What the package installs: the unit, as systemd reads it; manual pages and completions; the path from there to a service that runs.
//! `deploy/try-package` tries the package itself.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use common::{fitn, outcome};

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
        ("ExecStart", "/usr/bin/fitn serve"),
        ("ReadWritePaths", "/var/lib/fitn"),
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
        let run = Command::new("systemd-analyze").args(arguments).current_dir(directory).output();
        run.expect("systemd-analyze (paquet « systemd ») manque : tests/run l’installe")
    };
    let directory = tempfile::tempdir().unwrap();
    // Neither the program nor its page is installed here.
    let service = unit("fitn.service").replace("/usr/bin/fitn serve", "/bin/true");
    for (name, text) in [("fitn.service", service), ("fitn-failure@.service", unit("fitn-failure@.service"))] {
        fitn_connector::files::write_atomically(&directory.path().join(name), text.as_bytes()).unwrap();
    }
    for name in ["fitn.service", "fitn-failure@fitn.service.service"] {
        let path = directory.path().join(name.replace("@fitn.service.", "@."));
        let output = analyze(&["verify", "--man=no", path.to_str().unwrap()], directory.path());
        let said = String::from_utf8(output.stderr).unwrap();
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("fitn")).collect();
        assert!(output.status.success() && ours.is_empty(), "{name} : {said}");
    }
    // Of 100: what the unit leaves open, at most 1.2 of 10.
    let output = analyze(&["security", "--offline=yes", "--threshold=12", "fitn.service"], directory.path());
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_program_writes_its_pages_and_always_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let pages = |name: &str| -> BTreeMap<String, Vec<u8>> {
        let run = outcome(fitn(directory.path()).args(["man", "--out", name])).expect(0);
        let written = std::fs::read_dir(directory.path().join(name)).unwrap().map(Result::unwrap);
        let pages: BTreeMap<_, _> = written
            .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
            .collect();
        assert_eq!(run.out, format!("{} pages de manuel écrites dans {name}\n", pages.len()));
        pages
    };
    let first = pages("a");
    assert!(["fitn.1", "fitn-sync.1", "fitn-mapping-init.1"].iter().all(|name| first.contains_key(*name)));
    assert!(first == pages("b"), "the same program writes the same pages");
    fitn_connector::files::write_atomically(&directory.path().join("file"), b"").unwrap();
    let refused = outcome(fitn(directory.path()).args(["man", "--out", "file"])).expect(1);
    assert!(refused.err.contains("ne peut pas être écrit"), "{}", refused.err);
}

#[test]
fn a_shell_completes_the_commands_by_what_the_program_gives_it() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = outcome(fitn(directory.path()).args(["completions", shell])).expect(0);
        assert!(script.out.contains("mapping"), "{shell}");
    }
    let script = outcome(fitn(directory.path()).args(["completions", "bash"])).expect(0).out;
    let asked = format!("{script}\nCOMP_WORDS=(fitn sy) COMP_CWORD=1; _fitn fitn sy fitn; echo \"${{COMPREPLY[*]}}\"");
    let output = Command::new("bash").arg("-c").arg(&asked).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "sync\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_the_package_is_made_of_is_there_and_its_version_is_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let package = &manifest["package"]["metadata"]["deb"];
    let assets = package["assets"].as_array().unwrap().iter().map(|asset| asset[0].as_str().unwrap());
    let ours: Vec<&str> = assets.filter(|asset| asset.starts_with("deploy/")).collect();
    assert!(ours.contains(&"deploy/fitn.service"), "{ours:?}");
    for asset in ours.into_iter().chain(package["maintainer-scripts"].as_str()) {
        assert!(root.join(asset).exists(), "{asset}");
    }
    let changes = read("deploy/CHANGELOG.md");
    let newest = changes.lines().find(|line| line.starts_with("## ")).unwrap();
    assert!(newest.starts_with(concat!("## ", env!("CARGO_PKG_VERSION"), " (20")), "{newest}");
}

/// The commands of each step of the README from a bare machine to a service that runs.
fn steps() -> Vec<Vec<String>> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with("Sur un vrai serveur")).unwrap();
    let mut steps: Vec<Vec<String>> = Vec::new();
    for line in section.lines() {
        if line.split_once(". ").is_some_and(|(number, _)| number.parse() == Ok(steps.len() + 1)) {
            steps.push(Vec::new());
        } else if let (Some(command), Some(step)) = (line.strip_prefix("   sudo "), steps.last_mut()) {
            step.push(command.to_owned());
        }
    }
    steps
}

#[test]
fn at_most_eight_steps_lead_to_a_service_that_runs() {
    let steps = steps();
    assert!((5..=8).contains(&steps.len()) && steps.iter().all(|step| !step.is_empty()), "{steps:#?}");
    assert_eq!(steps[1], ["fitn init"]);
    assert_eq!(steps.last().unwrap()[0], "systemctl enable --now fitn");
    let told: Vec<&str> = steps.iter().flatten().map(String::as_str).collect();
    // What the program says after its first step is what the README says.
    for command in ["install -m 0640 -g fitn /dev/stdin /etc/fitn/token", "-u fitn fitn check"] {
        assert!(told.contains(&command), "{command} : {told:?}");
    }
}
