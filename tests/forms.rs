//! The form of a démarche and its mapping: proposed, put into the configuration, checked, and followed when the form changes.

mod common;

use std::os::unix::fs::PermissionsExt;

use common::{ADS, GUICHET, Run, Stand, later, procedure};
use fitn_connector::domain::programme::Programme;

/// The configuration without any mapping.
fn unmap(stand: &Stand) -> String {
    let mut kept = true;
    let lines = stand.config().lines().map(str::to_owned).collect::<Vec<_>>();
    let text: String = lines
        .iter()
        .filter(|line| {
            kept = (kept && !line.starts_with("[procedures.fields")) || line.starts_with("[[procedures]]");
            kept
        })
        .flat_map(|line| [line.as_str(), "\n"])
        .collect();
    stand.configure(&text);
    text
}

/// On one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn alerts(stand: &Stand, like: &str) -> Vec<String> {
    let rows = stand.rows(&format!("SELECT message FROM alerts WHERE key LIKE '{like}' ORDER BY key"));
    rows.into_iter().flatten().flatten().collect()
}

fn granted(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM view_dossiers WHERE granted_cents IS NOT NULL")
}

/// What is printed of one démarche, without the names of this directory.
fn told(run: &Run, stand: &Stand) -> String {
    let text = run.out.replace(&stand.directory().canonicalize().unwrap().display().to_string(), "RÉPERTOIRE");
    let dated = text.split_inclusive(char::is_whitespace).map(|word| match word.rsplit_once("config.toml.") {
        Some((before, _)) => format!("{before}config.toml.DATE\n"),
        None => word.to_owned(),
    });
    dated.collect()
}

#[test]
fn a_demarche_of_which_nothing_is_mapped_is_refused_by_both_checks_and_told_at_each_sync() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let mapped = stand.config();
    let number = procedure(ADS);
    // Only the first of the two is without any fact.
    let begin = mapped.find("[procedures.fields]").unwrap();
    let end = mapped.rfind("[[procedures]]").unwrap();
    stand.configure(&format!("{}{}", &mapped[..begin], &mapped[end..]));

    let check = stand.run("check").expect(2);
    let line = format!("✗ correspondance {number} aucun fait de son programme n’est associé à un champ du formulaire");
    assert!(words(&check.out).contains(&line), "{}", check.out);
    let mend = format!("→ « fitn mapping init --procedure {number} --write » propose une correspondance");
    assert!(words(&check.out).contains(&mend), "{}", check.out);
    let other = procedure(GUICHET);
    assert!(words(&check.out).contains(&format!("✓ correspondance {other} ")), "{}", check.out);
    let mapping = stand.run("mapping check").expect(2);
    assert!(words(&mapping.out).contains("✗ aucun fait de son programme n’est associé"), "{}", mapping.out);
    assert!(words(&mapping.out).contains("✓ la correspondance convient au formulaire"), "{}", mapping.out);

    for _ in 0..2 {
        let sync = stand.run("sync").expect(0);
        let warned = sync.err.lines().filter(|line| line.contains("aucun fait de son programme n’est associé"));
        let warned: Vec<&str> = warned.collect();
        assert!(warned.len() == 1 && warned[0].contains(&format!("démarche {number} : ")), "{}", sync.err);
    }
    let one_procedure = stand.run(&format!("sync --procedure {other}")).expect(0);
    assert!(!one_procedure.err.contains("aucun fait"), "{}", one_procedure.err);
    let stored = format!("SELECT count(*) FROM view_dossiers WHERE procedure = {number}");
    assert!(stand.number(&stored) > 0, "what is not understood is stored all the same");
    assert_eq!(alerts(&stand, "evaluation:unmapped:%").len(), 1);
    assert!(words(&stand.run("status").out).contains("aucun fait de son programme n’est associé"));

    stand.configure(&mapped);
    stand.run("evaluate").expect(0);
    assert_eq!(alerts(&stand, "evaluation:unmapped:%"), Vec::<String>::new());
    stand.run("mapping check").expect(0);
}

#[test]
fn facts_of_another_programme_are_as_good_as_none() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    let text = unmap(&stand);
    stand.configure(&format!("{text}[procedures.fields]\ninvoices = {{ champ = \"Attestation de raccordement\" }}\n"));
    let check = stand.run("mapping check").expect(2);
    assert!(words(&check.out).contains("✗ aucun fait de son programme n’est associé"), "{}", check.out);
    assert!(words(&check.out).contains("! invoices : le fait invoices ne sert pas au programme"), "{}", check.out);
    stand.run("check").expect(2);
}

#[test]
fn a_proposal_is_put_into_the_configuration_and_nothing_else_changes() {
    let stand = Stand::new(&Programme::ALL);
    let text = unmap(&stand);
    let commented = text.replace("[exports]\n", "# Où vont les listes\n[exports] # à sauvegarder\n");
    let commented = commented.replace("[database]", "\n# à nous\n\n[database]");
    stand.write("config.toml", &commented, 0o640);
    for programme in Programme::ALL {
        let before = stand.config();
        let shown = stand.run(&format!("mapping init --procedure {}", procedure(programme))).expect(0);
        assert_eq!(stand.config(), before, "without --write it is only shown");
        let written = stand.run(&format!("mapping init --procedure {} --write", procedure(programme))).expect(0);
        let after = stand.config();
        let mut lines = after.lines();
        assert!(before.lines().all(|line| lines.any(|kept| kept == line)), "{after}");
        let fragment = shown.out.split_once("\n\n").unwrap().1;
        assert!(after.contains(fragment.trim_end()), "what was shown is what is written:\n{after}");
        if programme == ADS {
            insta::assert_snapshot!("write", told(&written, &stand));
            insta::assert_snapshot!("proposal", fragment);
            let again = stand.run(&format!("mapping init --procedure {} --write", procedure(programme))).expect(2);
            insta::assert_snapshot!("write_again", again.err);
            assert_eq!(stand.config(), after);
        }
    }
    let kept: Vec<String> = std::fs::read_dir(stand.directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("config.toml."))
        .collect();
    assert_eq!(kept.len(), Programme::ALL.len(), "{kept:?}");
    assert!(kept.iter().any(|name| std::fs::read_to_string(stand.path(name)).unwrap() == commented));
    let mode = |name: &str| std::fs::metadata(stand.path(name)).unwrap().permissions().mode() & 0o777;
    assert!(kept.iter().map(String::as_str).chain(["config.toml"]).all(|name| mode(name) == 0o640));
    // What is written holds, and what it leaves is told.
    stand.run("mapping check").expect(0);
    stand.run("check").expect(0);
    stand.run("sync").expect(0);
    assert!(granted(&stand) > 0);
}

#[test]
fn a_demarche_is_added_to_a_configuration_that_follows_none_yet() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let head = stand.config();
    let head = &head[..head.find("[[procedures]]").unwrap()];
    stand.configure(head);
    let check = stand.run("check").expect(2);
    assert!(
        words(&check.out)
            .contains("aucune démarche à suivre → « fitn mapping init --procedure N --programme P --write »")
    );
    for programme in [ADS, GUICHET] {
        let number = procedure(programme);
        let shown = stand.run(&format!("mapping init --procedure {number} --programme {programme}")).expect(0);
        let before = stand.config();
        let written =
            stand.run(&format!("mapping init --procedure {number} --programme {programme} --write")).expect(0);
        assert!(words(&written.out).contains("Ensuite : fitn mapping check"), "{}", written.out);
        let after = stand.config();
        assert!(after.starts_with(before.trim_end()) && after.ends_with(&shown.out), "{after}");
    }
    stand.run("mapping check").expect(0);
    stand.run("check").expect(0);
    stand.run("sync").expect(0);
    assert!(granted(&stand) > 0);
}

#[test]
fn a_configuration_that_cannot_be_completed_is_left_as_it_is() {
    let stand = Stand::new(&[ADS]);
    let text = unmap(&stand);
    let number = procedure(ADS);
    let init = format!("mapping init --procedure {number} --write");
    let in_a_list = text.replace(&format!("[[procedures]]\nnumber = {number}\nprogramme = \"{ADS}\"\n"), "");
    let in_a_list = format!("procedures = [{{ number = {number}, programme = \"{ADS}\" }}]\n{in_a_list}");
    let empty = text.replace(&format!("programme = \"{ADS}\""), &format!("programme = \"{ADS}\"\nfields = {{}}"));
    for (config, said) in [(in_a_list, "n’a pas de table [[procedures]] à elle"), (empty, "est décrite d’une façon")]
    {
        stand.configure(&config);
        let refused = stand.run(&init).expect(2);
        assert!(refused.err.contains(said) && refused.err.contains("rien n’a été écrit"), "{}", refused.err);
        assert!(refused.err.contains("conseil : collez dans le fichier"), "{}", refused.err);
        assert_eq!(stand.config(), config);
    }
    let unknown = stand.run("mapping init --procedure 7 --write").expect(2);
    assert!(unknown.err.contains("la démarche 7 n’est pas dans config.toml"), "{}", unknown.err);
    assert!(unknown.err.contains("conseil : ajoutez --programme"), "{}", unknown.err);
    let other = stand.run(&format!("{init} --programme axe2-v4")).expect(2);
    assert!(other.err.contains("est suivie au titre de axe3-v1-ads dans config.toml, non de axe2-v4"), "{}", other.err);
    let names = std::fs::read_dir(stand.directory()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("config.toml.")).count(), 0);
}

#[test]
fn a_pair_that_a_person_wrote_and_that_would_falsify_is_a_warning() {
    let stand = Stand::new(&[ADS]);
    let right = stand.run("mapping check").expect(0);
    assert!(!right.out.contains("sans doute pas"), "{}", right.out);
    let line = stand.config().lines().find(|line| line.starts_with("engaged_amount")).unwrap().to_owned();
    stand.reconfigure(&line, "engaged_amount = { champ = \"Nombre d’actes instruits en 2020\" }");
    let check = stand.run("mapping check").expect(0);
    let said = "! engaged_amount : « Nombre d’actes instruits en 2020 » annonce un nombre de quelque chose, sans doute pas ce fait";
    assert!(words(&check.out).contains(said), "{}", check.out);
    stand.run("check").expect(0);
}

#[test]
fn the_mappings_of_every_form_are_free_of_such_warnings() {
    let stand = Stand::new(&Programme::ALL);
    let check = stand.run("mapping check").expect(0);
    assert!(!check.out.contains("sans doute pas") && !check.out.contains("n’annonce pas"), "{}", check.out);
}

/// No dossier changes; the form alone is another: facts are read again by it, at once.
#[test]
fn a_form_that_changes_alone_is_followed() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let known = granted(&stand);
    assert!(known > 0);
    // An increment reads the newest again, which come with the new label; nothing is known of the others but the form.
    let total = stand.number("SELECT count(*) FROM view_dossiers");
    let read_again = || stand.last_run("dossiers_changed").unwrap().parse::<i64>().unwrap();
    let label = stand.label(ADS, "granted_amount");

    assert!(stand.world_mut().relabel(procedure(ADS), &label, "Montant, autrement dit"));
    stand.run("sync").expect(0);
    assert!(read_again() < total / 2);
    let told = alerts(&stand, "evaluation:mapping:%");
    assert!(told.len() == 1 && told[0].contains(&label), "{told:?}");
    let read = stand.run("mapping check").expect(2);
    assert!(read.out.contains("✗ granted_amount : "), "{}", read.out);

    // The mapping follows: the same dossiers give the fact again, without a word of DS about them.
    stand.reconfigure(&label, "Montant, autrement dit");
    stand.run("sync").expect(0);
    assert!(read_again() < total / 2);
    assert_eq!(granted(&stand), known);
    assert_eq!(alerts(&stand, "evaluation:mapping:%"), Vec::<String>::new());

    // By its id a champ is followed without any of this.
    let shown = stand.run(&format!("mapping init --procedure {}", procedure(ADS))).expect(0).out;
    let id = shown.lines().find(|line| line.contains("\"Montant, autrement dit\""));
    let id = id.unwrap().split("id = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    stand.reconfigure("granted_amount = { annotation = ", &format!("granted_amount = {{ id = \"{id}\", annotation = "));
    stand.run("evaluate").expect(0);
    assert!(stand.world_mut().relabel(procedure(ADS), "Montant, autrement dit", "Encore autrement"));
    let number = stand.dossiers(ADS, |_| true)[0];
    stand.change(|world| world.touch(number, later(1)));
    stand.run("sync").expect(0);
    assert_eq!(granted(&stand), known);
    assert_eq!(alerts(&stand, "evaluation:mapping:%"), Vec::<String>::new());
}
