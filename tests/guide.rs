//! What who runs the server is told: each alert, every link, and the archive of a programme that ends.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{} : {error}", path.display()))
}

fn guide() -> String {
    read(&root().join("deploy/guide-exploitation.md"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().unwrap() != "tests" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_name().unwrap() != "tests.rs"
        {
            found.push(path);
        }
    }
}

/// Words with colons between them.
fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| matches!(c, 'a'..='z' | ':' | '_'))
}

/// What the keys of alerts begin with, as the files that raise them name them: constants, and texts that a number or a name follows.
fn keys_in(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_about_alerts =
        ["alert_raise", "NewAlert {", "computed(", "struct Watched"].iter().any(|sign| source.contains(sign));
    if !is_about_alerts {
        return BTreeSet::new();
    }
    let constants =
        source.split("const ").skip(1).filter_map(|rest| rest.split_once(": &str = \"")?.1.split('"').next());
    let called = ["alert_raise(\"", "computed(\""].into_iter().flat_map(|call| source.split(call).skip(1));
    let called = called.filter_map(|rest| rest.split('"').next());
    let made = source.split("format!(\"").skip(1).filter_map(|rest| rest.split(['{', '"']).next());
    let made = made.filter(|text| text.ends_with(':'));
    let keys = constants.chain(called).chain(made).filter(|text| is_key(text));
    keys.map(|key| key.trim_end_matches(':').to_owned()).collect()
}

/// All of them, but for what others begin with.
fn keys() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let in_store = root().join("src/store");
    let files = files.iter().filter(|file| !file.starts_with(&in_store));
    let keys: BTreeSet<String> = files.flat_map(|file| keys_in(&read(file))).collect();
    let is_a_beginning = |key: &String| keys.iter().any(|other| other.starts_with(&format!("{key}:")));
    keys.iter().filter(|key| !is_a_beginning(key)).cloned().collect()
}

#[test]
fn each_alert_has_its_paragraph_and_no_paragraph_is_about_none() {
    let found = keys();
    assert!(found.len() > 25, "{found:?}");
    let told: BTreeSet<String> =
        guide().split("**`").skip(1).filter_map(|rest| rest.split("`**").next().map(str::to_owned)).collect();
    let untold: Vec<&String> = found.difference(&told).collect();
    assert!(untold.is_empty(), "chapter 4 of deploy/guide-exploitation.md says nothing of {untold:?}");
    let superfluous: Vec<&String> = told.difference(&found).collect();
    assert!(superfluous.is_empty(), "no alert has these keys: {superfluous:?}");
}

#[test]
fn keys_are_found_however_an_alert_is_raised() {
    let source = r#"
        const ALERT: &str = "backup";
        const HINT: &str = "faites de la place";
        fn a() { writer.alert_raise(ALERT, "x", HINT, now) }
        fn b() { computed("token", now); let key = format!("disk:{place}"); let x = format!("démarche {x}"); }
        #[cfg(test)]
mod tests { const OTHER: &str = "none"; }"#;
    let found: Vec<String> = keys_in(source).into_iter().collect();
    assert_eq!(found, ["backup", "disk", "token"]);
    assert!(keys_in("const MARK: &str = \"gone\";").is_empty());
}

/// What a heading is called in a link, as forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.trim_start().replace(' ', "-")
}

fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')))
        .map(anchor)
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    for name in ["README.md", "deploy/guide-exploitation.md"] {
        let path = root().join(name);
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{name} : {link}");
            if let Some(heading) = heading {
                assert!(anchors(&read(&target)).contains(heading), "{name} : {link}");
            }
        }
    }
}

/// The blocks of commands of a page.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let (mut blocks, mut is_inside) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        match line {
            "```sh" => {
                blocks.push(Vec::new());
                is_inside = true;
            }
            _ if line.starts_with("```") => is_inside = false,
            _ if is_inside => blocks.last_mut().unwrap().push(line),
            _ => {}
        }
    }
    blocks
}

/// Asks a question, reads what is typed, or opens an editor.
fn waits(line: &str) -> bool {
    let asks = line.contains("fitn restore ") && !line.contains("--yes");
    asks || ["/dev/stdin", "sudoedit ", "systemctl edit ", "apt purge "].iter().any(|sign| line.contains(sign))
}

#[test]
fn a_command_that_waits_for_an_answer_is_the_last_of_its_block() {
    let mut seen = 0;
    for name in ["README.md", "deploy/guide-exploitation.md"] {
        let text = read(&root().join(name));
        for block in blocks(&text) {
            seen += block.iter().filter(|line| waits(line)).count();
            // What is pasted after it would be taken for the answer.
            let too_early = block.iter().rev().skip(1).find(|line| waits(line));
            assert!(too_early.is_none(), "{name} : {too_early:?}");
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn what_lets_the_service_write_elsewhere_is_the_same_in_the_guide_and_in_the_configuration() {
    let lines =
        ["[Unit]", "RequiresMountsFor=/srv/sauvegardes/fitn", "[Service]", "ReadWritePaths=/srv/sauvegardes/fitn"];
    let command = "sudo install -d -o fitn -g fitn -m 0700 /srv/sauvegardes/fitn";
    for (name, before) in [("deploy/guide-exploitation.md", ""), ("deploy/config.toml", "#   ")] {
        let text = read(&root().join(name));
        let added = format!("\n{before}{}", lines.join(&format!("\n{before}")));
        assert!(text.contains(&added) && text.contains(command), "{name}");
        assert!(text.contains("sudo systemctl edit fitn") && text.contains("sudo systemctl restart fitn"), "{name}");
    }
}

#[test]
fn the_copies_that_the_program_leaves_are_listed_and_erased_under_the_names_that_it_gives_them() {
    let guide = guide();
    let chapter = guide.split("\n## ").find(|part| part.starts_with("15. ")).unwrap();
    for (source, name) in [("src/store/restore.rs", ".avant-restauration-"), ("src/domain/backup.rs", "-avant-schema-")]
    {
        assert!(read(&root().join(source)).contains(&format!("&str = \"{name}\"")), "{source}");
        let commands: Vec<&str> = blocks(chapter).concat().into_iter().filter(|line| line.contains(name)).collect();
        assert!(commands.len() == 2 && commands[1].contains("-ctime +30 -print -delete"), "{commands:?}");
        assert!(chapter.lines().any(|line| line.starts_with('|') && line.contains(name) && line.contains("**vous**")));
    }
}
