//! The awkward cases: each is put into a dossier of its own, so that from 60 dossiers on all of them are there.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::ads;
use super::draft::{Draft, Line, later};
use super::life::Fate;
use super::places::{Body, Places, attachable, siret};
use crate::domain::money::Cents;
use crate::sandbox::world::{Applicant, Company, FormCommune, Procedure, Value, World};
use crate::territory::{self, Commune};

/// What a spreadsheet would run.
pub const FORMULA: &str = "=HYPERLINK(\"http://exemple.invalid/\";\"Cliquez ici\")";

/// What is odd about a dossier of Démat.ADS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdsCase {
    /// Filed at an instant.
    FiledAt(&'static str),
    /// A code that the tables do not have.
    UnknownCommune,
    /// The first of two centres with a commune in common.
    SharedCommune,
    /// The second.
    SharedCommuneAgain,
    /// The SIRET of a dossier before it.
    SameSiret,
    /// Its SIREN, with another establishment.
    SameSiren,
    /// No file.
    NoInvoice,
    /// So many communes.
    Communes(usize),
    /// A commune twice.
    RepeatedCommune,
    /// A line of a nature and an origin.
    Line(usize, Option<usize>, &'static str),
    /// A negative line.
    CreditNote,
    /// No data of the company yet.
    Incomplete,
    /// A natural person.
    Person,
    /// An autonomous commune that lists attached ones.
    AutonomousWithCommunes,
    /// A commune, by its code.
    Commune(&'static str),
    /// Texts that look like formulas.
    Formula,
    /// Granted without the amount.
    GrantedWithoutAmount,
}

/// In order of need: the first ones are there in the smallest worlds.
pub const ADS_CASES: [AdsCase; 34] = [
    AdsCase::Communes(30),
    AdsCase::Communes(31),
    AdsCase::Communes(12),
    AdsCase::UnknownCommune,
    AdsCase::SharedCommune,
    AdsCase::SharedCommuneAgain,
    AdsCase::SameSiret,
    AdsCase::SameSiren,
    AdsCase::NoInvoice,
    AdsCase::RepeatedCommune,
    AdsCase::Line(0, Some(1), "Licences d’un éditeur américain"),
    AdsCase::Line(0, None, "Logiciel dont l’éditeur n’est pas indiqué"),
    AdsCase::Line(3, Some(2), "Serveurs et postes de travail"),
    AdsCase::Line(4, Some(2), "Salaire d’une instructrice"),
    AdsCase::Line(5, Some(2), "Frais divers"),
    AdsCase::CreditNote,
    AdsCase::Incomplete,
    AdsCase::Person,
    AdsCase::FiledAt("2021-10-30T21:30:00.123456Z"),
    AdsCase::FiledAt("2021-10-30T22:30:00.000001Z"),
    AdsCase::FiledAt("2021-10-31T22:59:59.999999Z"),
    AdsCase::FiledAt("2021-10-31T23:00:00Z"),
    AdsCase::FiledAt("2021-11-15T10:00:00.5Z"),
    AdsCase::AutonomousWithCommunes,
    AdsCase::Commune("75056"),
    AdsCase::Commune("94038"),
    // Chartres: another préfecture's.
    AdsCase::Commune("28085"),
    AdsCase::Formula,
    AdsCase::GrantedWithoutAmount,
    AdsCase::Communes(0),
    // Three deposits within one second, two of them at the same instant.
    AdsCase::FiledAt("2021-09-15T08:12:33.25Z"),
    AdsCase::FiledAt("2021-09-15T08:12:33.75Z"),
    AdsCase::FiledAt("2021-09-15T08:12:33.75Z"),
    AdsCase::Commune("77468"),
];

/// Whether a case files for this commune, so that no other dossier does.
pub fn is_reserved(code: &str) -> bool {
    ADS_CASES.iter().any(|case| matches!(case, AdsCase::Commune(reserved) if *reserved == code))
}

/// What one case leaves for a later one.
#[derive(Debug, Default)]
pub struct Memory {
    shared: Option<FormCommune>,
    company: Option<Company>,
}

/// A dossier with its oddity, and what becomes of it.
pub fn ads_case<'a>(
    case: AdsCase,
    procedure: &'a Procedure,
    number: i64,
    (places, memory): (&mut Places, &mut Memory),
    rng: &'a mut Rng,
) -> Option<(Draft<'a>, Fate)> {
    let mut draft = match case {
        AdsCase::Commune(code) => ads::autonomous(procedure, number, territory::commune(code)?, rng)?,
        AdsCase::AutonomousWithCommunes => ads::autonomous(procedure, number, places.autonomous()?, rng)?,
        _ => {
            let wanted = if let AdsCase::Communes(count) = case { count } else { 6 };
            let centre = places.centre_with(wanted.max(1))?;
            let mut communes: Vec<Commune> = attachable(centre).collect();
            communes.truncate(wanted);
            ads::centre(procedure, number, Body::Groupement(centre), &communes, rng)?
        }
    };
    communes(case, &mut draft, memory);
    expenses(case, &mut draft);
    applicant(case, &mut draft, memory);
    match case {
        AdsCase::FiledAt(instant) => refile(&mut draft, instant.parse().ok()?),
        AdsCase::NoInvoice => draft.clear("invoices"),
        AdsCase::Formula => draft.set("feedback", Value::Text(FORMULA.to_owned())),
        _ => {}
    }
    let fate = match case {
        AdsCase::GrantedWithoutAmount => Fate::Granted { amount: false },
        AdsCase::FiledAt(_) => Fate::Filed,
        AdsCase::Communes(_) | AdsCase::Commune(_) | AdsCase::Line(..) | AdsCase::CreditNote => {
            Fate::Granted { amount: true }
        }
        _ => Fate::Instructed,
    };
    Some((draft, fate))
}

/// The places that a draft lists as attached.
fn attached(draft: &Draft) -> Vec<FormCommune> {
    let value = |key: &str| draft.procedure.field(key).map(|field| field.stable_id);
    let (Some(list), Some(cell)) = (value("attached_communes"), value("attached_commune")) else { return Vec::new() };
    let Some(Value::Rows(rows)) = draft.dossier.answers.get(&list).map(|answer| &answer.value) else {
        return Vec::new();
    };
    rows.iter()
        .filter_map(|row| match row.answers.get(&cell).map(|answer| &answer.value) {
            Some(Value::Commune(place)) => Some(place.clone()),
            _ => None,
        })
        .collect()
}

fn communes(case: AdsCase, draft: &mut Draft, memory: &mut Memory) {
    let mut places = attached(draft);
    match case {
        AdsCase::UnknownCommune => places.push(FormCommune {
            code: "95999".to_owned(),
            name: "Ancienne-Commune".to_owned(),
            postal_code: "95990".to_owned(),
            departement: "95".to_owned(),
        }),
        AdsCase::SharedCommune => memory.shared = places.first().cloned(),
        AdsCase::SharedCommuneAgain => places.extend(memory.shared.clone()),
        AdsCase::RepeatedCommune => places.extend(places.first().cloned()),
        AdsCase::AutonomousWithCommunes => {
            let neighbours = draft.company_mut().map(|company| company.address.place.departement.clone());
            let neighbours = neighbours.iter().flat_map(|code| territory::communes_of(code));
            places.extend(neighbours.take(3).map(FormCommune::from));
        }
        _ => return,
    }
    ads::attach_communes(draft, places);
}

fn expenses(case: AdsCase, draft: &mut Draft) {
    let software = ads::line(draft, 0, "Logiciel d’instruction", 6_000..9_000);
    let odd = match case {
        AdsCase::Line(nature, origin, subject) => Line { origin, ..ads::line(draft, nature, subject, 2_000..5_000) },
        AdsCase::CreditNote => {
            Line { amount: Cents(-60_050), ..ads::line(draft, 1, "Avoir sur prestation de paramétrage", 1..2) }
        }
        // Ample expenses: the amount is then that of the communes.
        AdsCase::Communes(_) => ads::line(draft, 1, "Assistance à maîtrise d’ouvrage", 15_000..20_000),
        _ => return,
    };
    draft.expenses(&[software, odd]);
    draft.attach("invoices", "facture", 2);
    if case == AdsCase::CreditNote {
        rework_first_file(draft);
    }
}

/// The server reworked a picture and announces what it was before (API facts, 5.9).
fn rework_first_file(draft: &mut Draft) {
    let Some(invoices) = draft.procedure.field("invoices").map(|field| field.stable_id) else { return };
    if let Some(Value::Files(files)) = draft.dossier.answers.get_mut(&invoices).map(|answer| &mut answer.value)
        && let Some(first) = files.first_mut()
    {
        "facture-01.jpg".clone_into(&mut first.filename);
        first.content_type = "image/jpeg";
        first.rework();
    }
}

fn applicant(case: AdsCase, draft: &mut Draft, memory: &mut Memory) {
    let Some(company) = draft.company_mut() else { return };
    match case {
        AdsCase::SharedCommune => memory.company = Some(company.clone()),
        AdsCase::SameSiret => company.clone_from(memory.company.as_ref().unwrap_or(&company.clone())),
        AdsCase::SameSiren => {
            if let Some(siren) = memory.company.as_ref().and_then(|known| known.siret.get(..9)) {
                company.siret = siret(siren, 7);
                company.head_office = false;
                "AGENCE TERRITORIALE".clone_into(&mut company.name);
            }
        }
        AdsCase::Formula => FORMULA.clone_into(&mut company.name),
        AdsCase::Incomplete => draft.dossier.applicant = Some(Applicant::Incomplete(company.clone())),
        AdsCase::Person => {
            let address = company.address.clone();
            draft.dossier.applicant = Some(Applicant::Person {
                civility: "Mme",
                name: "FICTIVE".to_owned(),
                first_name: "Personne".to_owned(),
                address,
            });
        }
        _ => {}
    }
}

/// Moves the deposit of a dossier that nothing happened to yet.
fn refile(draft: &mut Draft, at: Timestamp) {
    let dossier = &mut draft.dossier;
    (dossier.deposited_at, dossier.constructed_at, dossier.updated_at) = (at, at, at);
    (dossier.champs_at, dossier.annotations_at) = (at, at);
    for treatment in &mut dossier.treatments {
        treatment.at = at;
    }
    for answer in dossier.answers.values_mut() {
        answer.updated_at = at;
    }
}

/// What is odd about a dossier of the guichet territorial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectCase {
    /// What becomes of it afterwards.
    Then(Aftermath),
    /// The exceptional rate is recorded for theme 3.
    RateException,
    /// Declared already engaged.
    Engaged,
    /// Filed by an association.
    Association,
    /// Filed by a syndicat.
    Syndicat,
}

/// What happens to a dossier once it has been lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    /// Put away.
    Archived,
    /// Put in the bin by its owner while `en_construction`, then erased: a tombstone dated back.
    Deleted,
    /// Put in the bin by its owner while `en_construction`.
    PendingByUser,
    /// Put in the bin by the administration once finished.
    PendingByAdministration,
    /// Put in the bin by its owner while `en_construction`, then taken out.
    Restored,
    /// Expired: in no list.
    Limbo,
    /// Expired, then erased.
    ExpiredAndDeleted,
    /// Put in the bin by its owner once finished: still listed.
    HiddenByUserOnly,
}

/// In order of need.
pub const PROJECT_CASES: [ProjectCase; 12] = [
    ProjectCase::Then(Aftermath::Archived),
    ProjectCase::Then(Aftermath::Deleted),
    ProjectCase::Then(Aftermath::PendingByUser),
    ProjectCase::Then(Aftermath::PendingByAdministration),
    ProjectCase::Then(Aftermath::Restored),
    ProjectCase::Then(Aftermath::Limbo),
    ProjectCase::Then(Aftermath::ExpiredAndDeleted),
    ProjectCase::Then(Aftermath::HiddenByUserOnly),
    ProjectCase::RateException,
    ProjectCase::Engaged,
    ProjectCase::Association,
    ProjectCase::Syndicat,
];

/// Puts an oddity into a project; says what becomes of it.
pub fn project_case(case: ProjectCase, draft: &mut Draft) -> Fate {
    let granted = Fate::Granted { amount: true };
    match case {
        ProjectCase::Then(Aftermath::Deleted | Aftermath::PendingByUser | Aftermath::Restored) => Fate::Filed,
        ProjectCase::Then(_) => granted,
        ProjectCase::RateException => {
            draft.choose("theme", 2);
            let at = draft.dossier.deposited_at;
            draft.annotate("rate_exception", Value::Bool(true), at);
            granted
        }
        ProjectCase::Engaged => {
            draft.set("already_engaged", Value::Bool(true));
            Fate::Refused
        }
        ProjectCase::Association | ProjectCase::Syndicat => {
            let association = case == ProjectCase::Association;
            if let Some(company) = draft.company_mut() {
                company.siret = siret(if association { "000000018" } else { "000000026" }, 1);
                let name = if association { "ASSOCIATION FICTIVE" } else { "SYNDICAT MIXTE FICTIF" };
                name.clone_into(&mut company.name);
                company.rna = association.then(|| "W000000002".to_owned());
                (company.legal_form_code, company.legal_form) =
                    if association { ("9220", "Association déclarée") } else { ("7355", "Syndicat mixte ouvert") };
            }
            Fate::Instructed
        }
    }
}

/// What happens to a dossier that is already in the world.
pub fn afterwards(world: &mut World, number: i64, what: Aftermath, rng: &mut Rng) {
    let Some(last) = world.dossier(number).map(|dossier| dossier.updated_at) else { return };
    let at = later(rng, last, 10..20);
    let two_weeks_later = at + SignedDuration::from_hours(24 * 14);
    let done = match what {
        Aftermath::Archived => world.archive(number, true, at),
        Aftermath::Deleted => world.hide_by_user(number, at).and_then(|()| world.delete(number, two_weeks_later)),
        Aftermath::PendingByUser | Aftermath::HiddenByUserOnly => world.hide_by_user(number, at),
        Aftermath::PendingByAdministration => world.hide_by_administration(number, at, "instructeur_request"),
        Aftermath::Restored => world.hide_by_user(number, at).and_then(|()| world.restore(number, two_weeks_later)),
        Aftermath::Limbo => world.expire(number, at),
        Aftermath::ExpiredAndDeleted => world.expire(number, at).and_then(|()| world.delete(number, two_weeks_later)),
    };
    debug_assert!(done.is_ok(), "the dossier was looked up above");
}
