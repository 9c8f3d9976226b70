//! DS removes parts of its API without notice: for every type, field and argument that the questions name, a sync without
//! it stores everything else exactly, or stops and names it; it never takes what is gone for empty or for removed; and
//! once it is back, the database is the server's again. An ordinary run draws some of them.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Schema};
use common::chance;
use common::mirror::assert_store_equals_world;
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::api::DOCUMENT;
use fitn_connector::domain::champ::{AttachedFile, Champ, ChampKind, ChampValue};
use fitn_connector::domain::dossier::{Attestation, Dossier, DossierSection};
use fitn_connector::domain::fact::{Absence, FactName, FactValue};
use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::subject::Subject;
use fitn_connector::raw;
use fitn_connector::sandbox::world::Applicant;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests, SchemaPart};
use fitn_connector::store::StoreError;
use fitn_connector::sync::{Summary, SyncError};
use jiff::SignedDuration;

const NOW: &str = "2023-02-01T08:00:00Z";
/// How many parts of each kind are drawn.
const PARTS: usize = 24;

/// What a sync cannot do without, types that only hold such a part included.
const ESSENTIAL: &[&str] = &[
    "Query.demarche",
    "Query.demarche(number)",
    "Demarche",
    "Demarche.dossiers",
    "Demarche.dossiers(after)",
    "Demarche.dossiers(last)",
    "Demarche.dossiers(updatedSince)",
    "DossierConnection",
    "DossierConnection.nodes",
    "DossierConnection.pageInfo",
    "PageInfo",
    "PageInfo.endCursor",
    "PageInfo.hasNextPage",
    "Dossier",
    "Dossier.number",
    "Dossier.state",
    "Dossier.dateDepot",
    "Dossier.dateDerniereModification",
    "DossierState",
    "ISO8601DateTime",
    "Champ.id",
];

/// Every type, field and argument that the document names, in the words of whoever removes one.
fn parts_of_the_document() -> BTreeSet<String> {
    let schema = Schema::parse_and_validate(include_str!("../schema.graphql"), "schema.graphql").unwrap();
    let document = ExecutableDocument::parse_and_validate(&schema, DOCUMENT, "connector.graphql").unwrap();
    let mut parts = BTreeSet::new();
    for operation in document.operations.iter() {
        collect(&operation.selection_set, &mut parts);
    }
    for fragment in document.fragments.values() {
        collect(&fragment.selection_set, &mut parts);
    }
    parts
}

fn collect(selections: &SelectionSet, parts: &mut BTreeSet<String>) {
    let owner = &selections.ty;
    parts.insert(owner.to_string());
    for selection in &selections.selections {
        match selection {
            Selection::Field(field) if field.name != "__typename" => {
                parts.insert(format!("{owner}.{}", field.name));
                parts.insert(field.ty().inner_named_type().to_string());
                parts.extend(field.arguments.iter().map(|given| format!("{owner}.{}({})", field.name, given.name)));
                collect(&field.selection_set, parts);
            }
            Selection::Field(_) | Selection::FragmentSpread(_) => {}
            Selection::InlineFragment(inline) => collect(&inline.selection_set, parts),
        }
    }
}

/// The parts that DS could remove: all but those that GraphQL itself holds in place.
fn removable() -> Vec<(String, SchemaPart)> {
    let all = parts_of_the_document();
    let (removable, fixed): (Vec<_>, Vec<_>) =
        all.into_iter().map(|text| (text.parse(), text)).partition(|(part, _)| part.is_ok());
    let fixed: Vec<String> = fixed.into_iter().map(|(_, text)| text).collect();
    // Built-in scalars, the root, and a field that an interface imposes.
    assert_eq!(fixed, ["Boolean", "ExplicationChamp.id", "Float", "ID", "Int", "Query", "String"]);
    removable.into_iter().map(|(part, text)| (text, part.unwrap())).collect()
}

/// What is known of the dossiers shown.
struct Known {
    dossiers: BTreeMap<i64, Dossier>,
    subjects: BTreeMap<i64, Subject>,
    removed: BTreeMap<i64, String>,
}

impl Known {
    fn of(stand: &Stand, office: &Office) -> Self {
        let number = |text: &Option<String>| text.as_deref().unwrap().parse::<i64>().unwrap();
        let rows = stand.rows("SELECT number, removed_reason FROM view_dossiers");
        let (shown, removed): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row[1].is_none());
        office
            .desk
            .store
            .read::<_, StoreError>(|reader| {
                let mut dossiers = BTreeMap::new();
                for row in shown {
                    let raw = reader.dossier_raw(number(&row[0]))?.unwrap();
                    dossiers.insert(number(&row[0]), raw::decode(&raw).unwrap());
                }
                let mut subjects = BTreeMap::new();
                for row in &rows {
                    let subject = reader.subject(number(&row[0]))?;
                    subjects.extend(subject.map(|(subject, _)| (subject.number, subject)));
                }
                let removed = removed.iter().map(|row| (number(&row[0]), row[1].clone().unwrap())).collect();
                Ok(Self { dossiers, subjects, removed })
            })
            .unwrap()
    }

    /// Whether it says nothing but what `truth` says, in whatever is not gone.
    fn assert_is_a_part_of(&self, truth: &Self, stand: &Stand, gone: &str) {
        assert!(self.dossiers.keys().eq(truth.dossiers.keys()), "{gone}");
        for (number, dossier) in &self.dossiers {
            let (known, place) = (&truth.dossiers[number], format!("without {gone}, dossier {number}"));
            assert_eq!((&dossier.state, dossier.deposited_at), (&known.state, known.deposited_at), "{place}");
            let updated_at = stand.world().dossier(*number).unwrap().updated_at;
            assert_eq!(dossier.updated_at.as_second(), updated_at.as_second(), "{place}");
            let lost = |kind| dossier.not_given.contains(&DossierSection::Champs(kind));
            if !lost(ChampKind::Champ) {
                compare_champs(&dossier.champs, &known.champs, &place);
            }
            if !lost(ChampKind::Annotation) {
                compare_champs(&dossier.annotations, &known.annotations, &place);
            }
            assert!(dossier.labels.is_none() || dossier.labels == known.labels, "{place}");
            compare_attestations(dossier.attestation.as_ref(), known.attestation.as_ref(), &place);
            compare_facts(&self.subjects[number], &truth.subjects[number], &place);
        }
        for (number, reason) in &self.removed {
            assert_eq!(truth.removed.get(number), Some(reason), "without {gone}, dossier {number}");
        }
    }
}

/// One that is not known any more is not one that is not made.
fn compare_attestations(attestation: Option<&Attestation>, known: Option<&Attestation>, place: &str) {
    match (attestation, known) {
        (None, Some(_)) => {}
        (
            Some(Attestation::Made { created_at, checksum }),
            Some(Attestation::Made { created_at: known_at, checksum: known }),
        ) => {
            assert!(created_at.is_none() || created_at == known_at, "{place}");
            assert!(checksum.is_none() || checksum == known, "{place}");
        }
        (attestation, known) => assert_eq!(attestation, known, "{place}"),
    }
}

fn compare_champs(champs: &[Champ], known: &[Champ], place: &str) {
    assert_eq!(champs.len(), known.len(), "{place}");
    for (champ, known) in champs.iter().zip(known) {
        let place = format!("{place}, « {} » ({} {})", known.label, known.type_name, champ.type_name);
        assert_eq!((&champ.id, &champ.descriptor_id), (&known.id, &known.descriptor_id), "{place}");
        match (&champ.value, &known.value) {
            (ChampValue::Rows(rows), ChampValue::Rows(known)) => {
                assert_eq!(rows.len(), known.len(), "{place}");
                for (row, known) in rows.iter().zip(known) {
                    assert_eq!(row.id, known.id, "{place}");
                    compare_champs(&row.champs, &known.champs, &place);
                }
            }
            (ChampValue::Other { .. }, _) | (_, ChampValue::Ornament) => {}
            // Of what has no type of its own any more, DS shows the text: none for files and blocks.
            (_, known) if champ.type_name == "TextChamp" && *known != ChampValue::Blank => {
                let silent = matches!(known, ChampValue::Rows(_) | ChampValue::Files(_) | ChampValue::Other { .. });
                assert!(silent || champ.value != ChampValue::Blank, "{place}");
            }
            (ChampValue::Date(day), ChampValue::Datetime(instant)) => {
                assert_eq!(*day, fitn_connector::domain::instant::paris_date(*instant), "{place}");
            }
            (ChampValue::Checkbox(ticked), ChampValue::YesNo(yes)) => assert_eq!(ticked, yes, "{place}"),
            // The SIRET stands in for a name that is gone.
            (ChampValue::Siret { siret, .. }, ChampValue::Siret { siret: known, .. }) => {
                assert_eq!(siret, known, "{place}");
            }
            (ChampValue::Commune(commune), ChampValue::Commune(known)) => {
                assert_eq!(commune.code, known.code, "{place}");
            }
            (ChampValue::Coded { code, .. }, ChampValue::Coded { code: known, .. }) => {
                assert_eq!(code, known, "{place}");
            }
            (ChampValue::Files(files), ChampValue::Files(known)) => {
                let identity = |file: &AttachedFile| (file.filename.clone(), file.checksum.clone(), file.byte_size);
                assert!(files.iter().map(identity).eq(known.iter().map(identity)), "{place}");
            }
            (value, known) => assert_eq!(value, known, "{place}"),
        }
    }
}

/// A fact that was read is read alike or is said to be unreadable: never blank, never another.
fn compare_facts(subject: &Subject, known: &Subject, place: &str) {
    for name in FactName::ALL {
        let place = format!("{place}, fact {name}");
        match (subject.facts.get(*name), known.facts.get(*name)) {
            (Ok(fact), Ok(known)) => compare_values(&fact.value, &known.value, &place),
            (Ok(fact), Err(absence)) => panic!("{place}: {fact:?} where there was {absence:?}"),
            (Err(absence), Ok(_)) => assert!(!matches!(absence, Absence::Blank { .. }), "{place}: {absence:?}"),
            (Err(_), Err(_)) => {}
        }
    }
}

/// What is known of lines, of communes, of files is known alike; what is gone is left out, and the rest is there.
fn compare_values(value: &FactValue, known: &FactValue, place: &str) {
    match (value, known) {
        (FactValue::Expenses(lines), FactValue::Expenses(known)) => {
            assert_eq!(lines.len(), known.len(), "{place}");
            for (line, known) in lines.iter().zip(known) {
                assert!(line.amount.is_none() || line.amount == known.amount, "{place}");
                assert!(line.nature.is_none() || line.nature == known.nature, "{place}");
                assert!(line.origin.is_none() || line.origin == known.origin, "{place}");
                assert!(line.date.is_none() || line.date == known.date, "{place}");
            }
        }
        (FactValue::Communes(communes), FactValue::Communes(known)) => {
            assert_eq!(communes.len(), known.len(), "{place}");
            let mut pairs = communes.iter().zip(known);
            assert!(pairs.all(|(commune, known)| commune.code.is_none() || commune.code == known.code), "{place}");
        }
        (FactValue::Files(files), FactValue::Files(known)) => assert_eq!(files.len(), known.len(), "{place}"),
        (value, known) => assert_eq!(value, known, "{place}"),
    }
}

fn forget_everything(stand: &Stand) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let _ = std::fs::remove_file(stand.path(&format!("fitn.sqlite{suffix}")));
    }
}

fn sync(stand: &Stand, office: &Office, full: bool) -> Summary {
    office.try_sync(stand, full).unwrap()
}

/// How many dossiers are stored and not removed.
fn shown(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL")
}

fn versions(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM dossier_versions")
}

/// Whether a sync stopped because of what is gone, saying so.
fn stopped(summary: &Summary, gone: &str) -> bool {
    let Some(error) = summary.error() else { return false };
    assert!(matches!(error, SyncError::Api { .. }), "without {gone}: {error}");
    assert!(
        error.to_string().contains("DS a retiré de son API ce dont cette lecture ne peut se passer"),
        "{gone}: {error}"
    );
    true
}

/// What only the form of the guichet shows; everything else is on that of Démat.ADS.
const OF_THE_GUICHET: &[&str] = &[
    "Address",
    "Civilite",
    "DecimalNumber",
    "Departement",
    "Epci",
    "LinkedDropDownList",
    "Pays",
    "RNA",
    "RNF",
    "Region",
    "TitreIdentite",
];

/// A world of a few dossiers, so that there is time for every part: all kinds of applicants are among them.
fn stand(programme: Programme) -> Stand {
    let stand = Stand::new(&[programme]);
    let incomplete = stand.dossiers(programme, |d| matches!(d.applicant, Some(Applicant::Incomplete(_))));
    for (place, dossier) in stand.dossiers(programme, |_| true).into_iter().enumerate() {
        if place % 4 != 0 && !incomplete.contains(&dossier) {
            stand.change(|w| w.delete(dossier, later(0)));
        }
    }
    stand
}

fn every_part(name: &str, programme: Programme, is_ours: impl Fn(&str) -> bool) {
    let mut parts = removable();
    parts.retain(|(gone, _)| is_ours(gone.as_str()));
    chance::stories(name, 1, |seed| {
        let drawn = chance::some_of(parts.clone(), PARTS, &mut fastrand::Rng::with_seed(seed));
        these_parts(programme, drawn);
    });
}

fn these_parts(programme: Programme, parts: Vec<(String, SchemaPart)>) {
    let stand = stand(programme);
    let office = Office::impatient(&stand, NOW);
    assert!(sync(&stand, &office, true).error().is_none());
    let truth = Known::of(&stand, &office);
    drop(office);
    for (minute, (gone, part)) in (1..).zip(parts) {
        // A first sync without it.
        forget_everything(&stand);
        let office = Office::impatient(&stand, NOW);
        stand.running().without(std::slice::from_ref(&part)).unwrap();
        let first = sync(&stand, &office, false);
        let stops = stopped(&first, &gone);
        assert_eq!(stops, ESSENTIAL.contains(&gone.as_str()), "without {gone}: {:?}", first.error());
        if stops {
            assert_eq!(shown(&stand), 0, "without {gone}");
        } else {
            assert!(first.error().is_none(), "without {gone}: {:?}", first.error());
            Known::of(&stand, &office).assert_is_a_part_of(&truth, &stand, &gone);
        }
        assert!(!first.missing.unwrap().is_empty(), "without {gone}");

        // It is back: an increment is enough for everything to be read again.
        stand.running().without(&[]).unwrap();
        let one = stand.dossiers(programme, |_| true)[0];
        stand.change(|w| w.touch(one, later(minute)));
        let whole = sync(&stand, &office, false);
        assert!(whole.error().is_none(), "{gone}: {:?}", whole.error());
        assert_eq!(whole.missing, Some(vec![]), "{gone}");
        assert_store_equals_world(&stand);

        // It goes again, now that the database is whole; one dossier changes.
        let (before, known) = (shown(&stand), versions(&stand));
        stand.running().without(std::slice::from_ref(&part)).unwrap();
        stand.change(|w| w.touch(one, later(minute) + SignedDuration::from_secs(30)));
        let spoilt = sync(&stand, &office, true);
        assert_eq!(stopped(&spoilt, &gone), stops, "without {gone}: {:?}", spoilt.error());
        assert_eq!(shown(&stand), before, "without {gone}");
        if gone.contains('.') {
            let expected = known + i64::from(!stops);
            assert_eq!(versions(&stand), expected, "without {gone}: what did not change keeps its version");
        }
    }
}

fn is_of_the_guichet(gone: &str) -> bool {
    OF_THE_GUICHET.iter().any(|begins| gone.starts_with(begins))
}

#[test]
fn every_part_of_dossiers_and_demarches_may_go_and_come_back() {
    every_part("parts-to-d", ADS, |gone| !is_of_the_guichet(gone) && gone < "E");
}

#[test]
fn and_so_may_every_other_part() {
    every_part("parts-from-e", ADS, |gone| !is_of_the_guichet(gone) && gone >= "E");
}

#[test]
fn and_so_may_what_the_other_form_shows() {
    every_part("parts-of-the-guichet", GUICHET, is_of_the_guichet);
}

/// A type that only grows holes: two parts, of which one comes back first, a reading that is interrupted in between.
#[test]
fn everything_is_read_again_each_time_that_something_is_back() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("page_size = 100", "page_size = 8");
    let office = Office::impatient(&stand, NOW);
    let without = |parts: &[&str]| {
        let parts: Vec<SchemaPart> = parts.iter().map(|part| part.parse().unwrap()).collect();
        stand.running().without(&parts).unwrap();
    };
    without(&["CommuneChamp.commune", "DateChamp.date"]);
    let first = sync(&stand, &office, false);
    assert_eq!(first.missing.as_deref().unwrap(), ["CommuneChamp.commune", "DateChamp.date"]);
    let alert = "SELECT message FROM alerts WHERE key = 'schema'";
    assert!(stand.one(alert).unwrap().contains("CommuneChamp.commune, DateChamp.date"));
    let dates = "SELECT count(*) FROM view_champs WHERE type = 'DateChamp' AND value GLOB '????-??-??'";
    assert_eq!(stand.number(dates), 0);

    without(&["CommuneChamp.commune"]);
    sync(&stand, &office, false);
    assert!(stand.number(dates) > 0, "what is back is read at once");
    let seen = sync(&stand, &office, false).totals().seen;
    assert!(seen < 5, "and then increments are increments again: {seen}");

    // Everything is back, but the reading is cut short after its first pages.
    without(&[]);
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Network, requests: Requests::Range(6, 6) }]);
    assert!(sync(&stand, &office, false).error().is_some());
    stand.running().plan_faults(Vec::new());
    assert!(sync(&stand, &office, false).error().is_none());
    assert_store_equals_world(&stand);
    assert_eq!(stand.one(alert), None);
}

#[test]
fn what_goes_after_something_else_is_read_again_too_once_it_is_back() {
    let stand = Stand::new(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    let without = |parts: &[&str]| {
        let parts: Vec<SchemaPart> = parts.iter().map(|part| part.parse().unwrap()).collect();
        stand.running().without(&parts).unwrap();
    };
    without(&["CommuneChamp.commune"]);
    sync(&stand, &office, false);
    without(&["CommuneChamp.commune", "DateChamp.date"]);
    let all = stand.dossiers(ADS, |_| true);
    stand.change(|w| w.touch(all[0], later(0)));
    sync(&stand, &office, false);
    without(&["CommuneChamp.commune"]);
    let seen = sync(&stand, &office, false).totals().seen;
    assert!(seen >= all.len() as u64, "the dates are back: {seen}");
    without(&[]);
    sync(&stand, &office, false);
    assert_store_equals_world(&stand);
}

#[test]
fn a_form_that_ds_gives_no_more_is_what_it_last_gave() {
    let stand = Stand::new(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    let form = || office.desk.store.read::<_, StoreError>(|reader| reader.procedure_form(procedure(ADS))).unwrap();
    sync(&stand, &office, false);
    let before = form();
    assert!(before.is_some());
    for part in ["Demarche.activeRevision", "Revision.champDescriptors"] {
        stand.running().without(&[part.parse().unwrap()]).unwrap();
        sync(&stand, &office, false);
        assert!(form() == before, "{part}");
    }
}

/// The list of what was erased is gone, and so is the bin: nothing comes back from the dead, nothing dies but what a direct
/// look-up does not find.
#[test]
fn without_the_lists_of_removed_dossiers_nothing_is_concluded_from_their_silence() {
    let stand = Stand::new(&[ADS]);
    let office = Office::impatient(&stand, NOW);
    let [binned, erased, kept, ..] = stand.dossiers(ADS, |d| d.treated_at.is_some())[..] else { panic!("dossiers") };
    sync(&stand, &office, false);
    stand.change(|w| w.hide_by_administration(binned, later(0), "instructeur_request"));
    sync(&stand, &office, false);
    let reason = |number: i64| stand.one(&format!("SELECT removed_reason FROM view_dossiers WHERE number = {number}"));
    let all = "SELECT group_concat(number || removed_reason) FROM (SELECT * FROM view_dossiers WHERE removed_at IS NOT NULL AND number <> ";
    let gone_before = stand.one(&format!("{all}0)"));
    for list in ["Demarche.pendingDeletedDossiers", "Demarche.deletedDossiers"] {
        stand.running().without(&[list.parse().unwrap()]).unwrap();
        for full in [false, true] {
            assert!(sync(&stand, &office, full).error().is_none(), "{list}");
            assert_eq!(stand.one(&format!("{all}0)")), gone_before, "{list}");
        }
    }
    stand.change(|w| w.delete(erased, later(1)));
    stand.change(|w| w.delete(binned, later(1)));
    sync(&stand, &office, false);
    assert_eq!(reason(erased), None, "no list says so, and nobody looked");
    sync(&stand, &office, true);
    assert_eq!(reason(erased).as_deref(), Some("absent"), "DS does not find it");
    assert_eq!(reason(binned).as_deref(), Some("pending"), "why it is gone cannot be told any better");
    assert_eq!(reason(kept), None);
    stand.running().without(&[]).unwrap();
    sync(&stand, &office, false);
    assert_eq!([reason(erased), reason(binned)], [Some("deleted".to_owned()), Some("deleted".to_owned())]);
    assert_store_equals_world(&stand);
}

/// As an operator lives it, with the real program.
#[test]
fn an_operator_is_told_what_is_gone_what_it_changes_and_what_to_do() {
    let stand = Stand::new(&[ADS]);
    let check = stand.run("check").expect(0);
    assert!(check.out.contains("✓ schéma de DS"), "{}", check.out);
    stand.run("sync").expect(0);

    stand.running().without(&["Dossier.dateTraitement".parse().unwrap(), "CommuneChamp".parse().unwrap()]).unwrap();
    let decided = stand.dossiers(ADS, |d| d.treated_at.is_some())[0];
    stand.change(|w| w.touch(decided, later(1)));
    let check = stand.run("check").expect(1);
    insta::assert_snapshot!("check", about_the_schema(&check.out));
    let sync = stand.run("sync").expect(0);
    assert!(sync.err.contains("DS a retiré une partie de son API"), "{}", sync.err);
    let status = stand.run("status").expect(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains("CommuneChamp, Dossier.dateTraitement"), "{status}");
    assert!(status.contains(" dont DS ne donne pas la date de décision"), "{status}");

    stand.running().without(&["Dossier.state".parse().unwrap()]).unwrap();
    let stopped = stand.run("sync").expect(1);
    let told = "DS a retiré de son API ce dont cette lecture ne peut se passer : Dossier.state";
    assert!(stopped.err.contains(told), "{}", stopped.err);
    assert!(stopped.err.contains("conseil : mettez le connecteur à jour"), "{}", stopped.err);
    insta::assert_snapshot!("check_essential", about_the_schema(&stand.run("check").expect(1).out));

    stand.running().without(&["ChampDescriptor.label".parse().unwrap()]).unwrap();
    let holed = stand.run("check").expect(1);
    let said = holed.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("DS ne donne plus le formulaire en entier"), "{said}");
    stand.run("mapping check").expect(1);
    stand.run("sync").expect(0);
    let unreadable = "SELECT count(*) FROM view_champs WHERE label = ''";
    assert_eq!(stand.number(unreadable), 0, "what did not change keeps its version");

    stand.running().without(&[]).unwrap();
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!(stand.number("SELECT count(*) FROM alerts WHERE key = 'schema' OR key LIKE 'evaluation:undated%'"), 0);
    stand.run("check").expect(0);
}

/// The lines about the schema in what `fitn check` prints.
fn about_the_schema(out: &str) -> String {
    let lines = out.lines().skip_while(|line| !line.contains("schéma de DS"));
    lines.take_while(|line| !line.contains("démarche ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_stand_in_rehearses_a_removal_and_refuses_one_that_cannot_be() {
    let directory = tempfile::tempdir().unwrap();
    let refused = common::outcome(common::fitn(directory.path()).args(["sandbox", "--without", "Dossier.titre"]));
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("« Dossier.titre » n’est pas une partie du schéma"), "{}", refused.err);
}
