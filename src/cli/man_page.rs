//! A manual page, in French: what `--help` says of a command, and on the first page what is true of all of them.
//!
//! Nothing on a page depends on the day: the same program gives the same bytes.

use std::fmt::Write as _;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::DEFAULT_CONFIG;

/// Commands of users.
const SECTION: &str = "1";
/// What the parser's crate calls some sections, and what French pages call them.
const HEADINGS: [(&str, &str); 1] = [("NAME", "NOM")];

/// The name of the file and the text of the page of a command, which was built with those above it.
pub(super) fn of(command: &Command) -> (String, String) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    // As the help has it: the crate would leave out what options take.
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    let man = Man::new(command.clone().override_usage(usage))
        .title(name.to_uppercase())
        .section(SECTION)
        .source(concat!("fitn ", env!("CARGO_PKG_VERSION")))
        .manual("Connecteur FITN");
    let mut page = Vec::new();
    // Nothing is refused by memory.
    let _ = man.render(&mut page);
    let mut page = in_french(&String::from_utf8_lossy(&page));
    let is_first = name == command.get_name();
    page.push_str(&if is_first { of_all_commands() } else { see_also() });
    (format!("{name}.{SECTION}"), page)
}

/// Headings lose the space that the help needs before its colon, and the English that the help does not have.
fn in_french(page: &str) -> String {
    let mut out = String::new();
    for line in page.lines() {
        let Some(heading) = line.strip_prefix(".SH ") else {
            let _ = writeln!(out, "{line}");
            continue;
        };
        let heading = heading.trim_matches('"').trim().to_uppercase();
        let french = HEADINGS.iter().find(|(english, _)| *english == heading).map_or(heading.as_str(), |(_, own)| own);
        let _ = writeln!(out, ".SH \"{french}\"");
    }
    out
}

/// A heading and its entries, each with a sentence.
fn section(page: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    page.control("SH", [heading]);
    for (name, said) in entries {
        page.control("TP", []);
        page.text([bold(*name)]);
        page.text([roman(*said)]);
    }
}

fn of_all_commands() -> String {
    let mut page = Roff::new();
    section(
        &mut page,
        "FICHIERS",
        &[
            (DEFAULT_CONFIG, "la configuration, commentée (« fitn init » l’écrit)"),
            ("/etc/fitn/token", "le jeton de l’API, seul, sur une ligne ; refusé si tout le monde peut le lire"),
            ("/var/lib/fitn/fitn.sqlite", "la base : le compte fitn est seul à la lire et à y écrire"),
            ("/var/lib/fitn/exports", "listes et rapports, que lit aussi le groupe fitn-exports"),
        ],
    );
    section(
        &mut page,
        "ENVIRONNEMENT",
        &[
            ("FITN_CONFIG", "le fichier de configuration, si --config n’est pas donné"),
            (
                "FITN_API_TOKEN",
                "le jeton de l’API ; passe avant le justificatif systemd « api-token » et le fichier « token_file »",
            ),
            ("NO_COLOR", "aucune couleur, même sur un terminal"),
            ("TMPDIR", "où sont les fichiers de travail, sinon /var/tmp"),
        ],
    );
    section(
        &mut page,
        "CODE DE RETOUR",
        &[
            ("0", "fait"),
            (
                "1",
                "échec d’une autre sorte que ci-dessous, ou la réponse est non (verify, rules test, status quand les données sont périmées)",
            ),
            ("2", "mauvais usage ou mauvaise configuration ; le message nomme la clé, le fichier et la ligne"),
            ("3", "fait, mais des dossiers sont en quarantaine, ou des messages retenus"),
            ("4", "refusé par l’API (jeton, droits, réseau)"),
            ("5", "hors d’atteinte pour l’instant, ou une autre synchronisation en cours : réessayer plus tard"),
        ],
    );
    page.control("SH", ["VOIR AUSSI"]);
    page.text([roman("La mise en service, les règles et les vues de la base : /usr/share/doc/fitn-connector/README.md.gz. Le service : systemctl status fitn, journalctl -u fitn.")]);
    page.to_roff()
}

fn see_also() -> String {
    let mut page = Roff::new();
    page.control("SH", ["VOIR AUSSI"]);
    page.text([bold("fitn"), roman("(1) : fichiers, environnement, codes de retour")]);
    page.to_roff()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cli::french;

    fn pages() -> BTreeMap<String, String> {
        fn add(command: &Command, pages: &mut BTreeMap<String, String>) {
            pages.extend([of(command)]);
            command.get_subcommands().for_each(|below| add(below, pages));
        }
        let (mut root, mut pages) = (french::command(), BTreeMap::new());
        root.build();
        add(&root, &mut pages);
        pages
    }

    #[test]
    fn there_is_a_french_page_a_command() {
        let pages = pages();
        for name in ["fitn.1", "fitn-sync.1", "fitn-mapping.1", "fitn-mapping-init.1", "fitn-man.1"] {
            assert!(pages.contains_key(name), "{name} : {:?}", pages.keys());
        }
        for (name, page) in &pages {
            for english in ["NAME", "SUBCOMMANDS", "EXTRA", "default:", "possible", "Possible", "Print"] {
                assert!(!page.contains(english), "{name} : {english}\n{page}");
            }
            let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
            assert_eq!(headings.first(), Some(&"\"NOM\""), "{name}");
            assert!(headings.iter().all(|heading| !heading.ends_with(" \"")), "{name} : {headings:?}");
        }
        let (_, of_all) = pages["fitn.1"].split_once(".SH \"VERSION\"").unwrap();
        let shown = format!("{}\n…{of_all}", pages["fitn-mapping-init.1"]);
        insta::assert_snapshot!(shown.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
}
