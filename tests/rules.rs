//! `fitn rules` and `fitn rules test`, as a referent uses them: without anything set up, then with files of one's own.

mod common;

use common::{Stand, fitn, outcome};

/// A case file that holds, one that does not, and what is wrong with others.
const CASE: &str = r#"
[[case]]
name = "Une commune seule"
[case.dossier]
programme = "axe3-v1-ads"
state = "en_instruction"
deposited_at = "2021-09-01T10:00:00Z"
applicant = { kind = "commune", siret = "20000000100011", code_insee = "77288", departement = "77" }
blank = ["attached_communes"]
[case.dossier.facts]
applicant_type = "commune_autonome"
invoices = 1
expenses = [{ nature = "services", amount = "6000.50" }]
[case.expected]
status = "eligible"
eligible_expenses = "6000.50"
computed = 4000
verdicts = { ADS-01 = "met", ADS-12 = "not_applicable" }
sentences = { ADS-06 = "4 000,00 € pour la commune autonome" }

[[case]]
name = "La même, quand elle compte comme rattachée à elle-même"
like = "Une commune seule"
[[case.parameters.autonomous_commune_counts_as_attached]]
value = true
unit = "oui/non"
[case.expected]
computed = 4400
"#;

#[test]
fn the_cases_built_in_hold_without_anything_set_up() {
    let directory = tempfile::tempdir().unwrap();
    let run = outcome(fitn(directory.path()).args(["rules", "test"])).expect(0);
    assert!(run.out.ends_with("cas rejoués : tous donnent ce qui est attendu.\n"), "{}", run.out);
    let json = outcome(fitn(directory.path()).args(["rules", "test", "--json"])).expect(0).json();
    assert!(json["cases"].as_u64().unwrap() > 100, "{json}");
    assert_eq!(json["failed"], serde_json::json!([]));
}

#[test]
fn ones_own_cases_are_judged_with_ones_own_parameters() {
    let stand = Stand::new(&[common::ADS]);
    stand.write("cas.toml", CASE, 0o644);
    let run = stand.run("rules test cas.toml").expect(0);
    assert_eq!(run.out, "2 cas rejoués : tous donnent ce qui est attendu.\n");
    stand.write("parametres.toml", "[[ads_base]]\nvalue = 5000\nunit = \"EUR\"\n", 0o644);
    stand.reconfigure("[exports]", "[rules]\nparameters = [\"parametres.toml\"]\n\n[exports]");
    insta::assert_snapshot!(stand.run("rules test cas.toml").expect(1).out);
    let failed = stand.run("rules test cas.toml --json").expect(1).json();
    assert_eq!((failed["cases"].as_u64(), failed["failed"].as_array().unwrap().len()), (Some(2), 2));
    assert_eq!(failed["failed"][1]["line"], 21);
    stand.run("rules test").expect(0);
}

#[test]
fn a_mistake_in_a_case_file_is_told_with_its_line_and_its_key() {
    let stand = Stand::new(&[common::ADS]);
    for (from, to, told) in [
        (
            "invoices = 1",
            "facture = 1",
            "cas.toml, ligne 12, clé « case.dossier.facts.facture » : ce n’est pas un nom de fait",
        ),
        ("ADS-01 = \"met\"", "ADS-01 = \"oui\"", "cas.toml, ligne 18, clé « case.expected.verdicts.ADS-01 »"),
        (
            "autonomous_commune_counts_as_attached",
            "autonomous",
            "cas.toml, ligne 24, clé « case.parameters.autonomous »",
        ),
        (
            "unit = \"oui/non\"",
            "unit = \"EUR\"",
            "cas.toml, ligne 26, clé « case.parameters.autonomous_commune_counts_as_attached.unit »",
        ),
        ("[[case.parameters.autonomous", "[case.parameters.autonomous", "ligne 24"),
        ("deposited_at = ", "depose = ", "clé « case.dossier.depose » : cette clé n’existe pas"),
        ("name = \"Une commune seule\"", "name = Une", "cas.toml, ligne 3"),
        ("\ncomputed = 4400\n", "\n", "cas.toml, ligne 21, clé « case.expected » : ce cas n’attend rien"),
    ] {
        stand.write("cas.toml", &CASE.replacen(from, to, 1), 0o644);
        let run = stand.run("rules test cas.toml").expect(2);
        assert!(run.err.contains(told), "{from} → {to} : {}", run.err);
        assert!(run.out.is_empty(), "{}", run.out);
    }
    let absent = stand.run("rules test absent.toml").expect(2);
    assert!(absent.err.contains("absent.toml : ce fichier de cas ne peut pas être lu"), "{}", absent.err);
}

#[test]
fn a_case_of_another_rule_or_programme_says_so() {
    let stand = Stand::new(&[common::ADS]);
    stand.write("cas.toml", &CASE.replace("ADS-12", "A3V1-01"), 0o644);
    let run = stand.run("rules test cas.toml").expect(1);
    assert!(run.out.contains("A3V1-01 : cette règle n’est pas du programme axe3-v1-ads"), "{}", run.out);
}

#[test]
fn the_case_of_the_readme_holds() {
    let readme = include_str!("../README.md");
    let start = readme.find("  [[case]]").unwrap();
    let case = &readme[start..start + readme[start..].find("```").unwrap()];
    let stand = Stand::new(&[common::ADS]);
    stand.write("cas.toml", case, 0o644);
    assert_eq!(stand.run("rules test cas.toml").expect(0).out, "1 cas rejoué : il donne ce qui est attendu.\n");
}
