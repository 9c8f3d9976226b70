//! Dossiers for tests: a centre instructeur of Seine-et-Marne that fulfils everything, to be changed one fact at a time.

pub mod any;

use jiff::Timestamp;
use jiff::civil::{self, Date};

use super::{Peers, Rulebook};
use crate::domain::champ::{AttachedFile, ChampKind};
use crate::domain::dossier::{DossierState, Removal, RemovalReason};
use crate::domain::fact::{Absence, CommuneRef, ExpenseLine, Fact, FactName, FactSource, FactValue};
use crate::domain::money::Cents;
use crate::domain::neighbour::Neighbour;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, LegalKind, Subject};
use crate::domain::verdict::{Evaluation, Verdict, VerdictValue};
use crate::territory;

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// That DS no longer shows a dossier.
pub fn removed(reason: RemovalReason) -> Option<Removal> {
    Some(Removal { reason, at: at("2021-12-01T10:00:00Z") })
}

pub fn fact(name: FactName, value: FactValue) -> Fact {
    let source =
        FactSource { kind: ChampKind::Champ, descriptor_id: name.code().to_owned(), label: name.label().to_owned() };
    Fact { value, source }
}

pub fn blank(name: FactName) -> Absence {
    Absence::Blank { label: name.label().to_owned() }
}

/// INSEE codes of real communes of Seine-et-Marne.
pub fn codes(count: usize) -> Vec<String> {
    territory::communes_of("77").take(count).map(|commune| commune.code.to_owned()).collect()
}

pub fn line(nature: &str, amount: &str) -> ExpenseLine {
    ExpenseLine {
        nature: Some(nature.to_owned()),
        nature_text: nature.to_owned(),
        amount: Some(Cents::parse(amount).unwrap()),
        ..ExpenseLine::default()
    }
}

pub fn software(origin: Option<&str>, amount: &str) -> ExpenseLine {
    ExpenseLine { origin: origin.map(str::to_owned), ..line("software", amount) }
}

pub fn subject(number: i64, programme: Programme) -> Subject {
    Subject {
        number,
        procedure: 61_234,
        programme,
        state: DossierState::EnInstruction,
        deposited_at: at("2021-09-01T10:00:00Z"),
        updated_at: at("2021-09-02T10:00:00Z"),
        treated_at: None,
        removed: None,
        applicant: ApplicantProfile {
            name: Some("Centre d’essai".to_owned()),
            siret: Siret::parse(&format!("200000{:03}00011", number % 1000)).ok(),
            legal_kind: LegalKind::Groupement,
            code_insee: Some("77288".to_owned()),
            departement: Some("77".to_owned()),
            population: Some(50_000),
        },
        facts: crate::domain::fact::Facts::default(),
        opinion_given: None,
        opinions_withheld: false,
        erased: false,
    }
}

/// A centre instructeur with attached communes of Seine-et-Marne.
pub fn centre(number: i64, communes: &[String]) -> Subject {
    let mut subject = subject(number, Programme::Axe3V1Ads);
    subject.choose(FactName::ApplicantType, "centre_instructeur");
    subject.attach(communes);
    subject.put(FactName::Invoices, FactValue::Files(vec![invoice()]));
    subject.spend(vec![line("services", "30000")]);
    subject
}

/// An autonomous commune, by INSEE code.
pub fn commune(number: i64, code: &str) -> Subject {
    let mut subject = centre(number, &[]);
    let commune = territory::commune(code).unwrap();
    subject.applicant.legal_kind = LegalKind::Commune;
    subject.applicant.code_insee = Some(commune.code.to_owned());
    subject.applicant.departement = Some(commune.departement.to_owned());
    subject.applicant.population = commune.population;
    subject.choose(FactName::ApplicantType, "commune_autonome");
    subject.lose(FactName::AttachedCommunes, blank(FactName::AttachedCommunes));
    subject
}

/// A project of volet 1, theme 1, of a commune of 15 000 inhabitants, that fulfils everything.
pub fn project(number: i64) -> Subject {
    let mut subject = subject(number, Programme::Axe3V1);
    subject.applicant.legal_kind = LegalKind::Commune;
    subject.applicant.population = Some(15_000);
    subject.put(FactName::Theme, FactValue::Choices(["1".to_owned()].into()));
    subject.put(FactName::AlreadyEngaged, FactValue::YesNo(false));
    subject.put(FactName::TotalCost, FactValue::Amount(Cents::euros(40_000)));
    subject.date(FactName::ProjectStart, civil::date(2021, 10, 1));
    subject.date(FactName::ProjectEnd, civil::date(2021, 12, 31));
    subject.spend(vec![line("services", "40000")]);
    subject
}

/// A project of volet 2 that fulfils everything.
pub fn lab_project(number: i64) -> Subject {
    let mut subject = project(number);
    subject.programme = Programme::Axe3V2;
    subject.put(FactName::Lab, FactValue::Text("Labo d’essai".to_owned()));
    subject.choose(FactName::ProjectFramework, "common");
    subject
}

pub fn invoice() -> AttachedFile {
    AttachedFile {
        filename: "facture.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        byte_size: 1000,
        checksum: "x".to_owned(),
        created_at: at("2021-09-01T10:00:00Z"),
        virus_scan: "safe".to_owned(),
    }
}

/// Short ways to change a dossier.
pub trait Change {
    fn put(&mut self, name: FactName, value: FactValue);
    fn lose(&mut self, name: FactName, absence: Absence);
    fn choose(&mut self, name: FactName, code: &str) {
        self.put(name, FactValue::Choice(code.to_owned()));
    }
    fn grant(&mut self, amount: &str) {
        self.put(FactName::GrantedAmount, FactValue::Amount(Cents::parse(amount).unwrap()));
    }
    fn pay(&mut self, name: FactName, amount: &str) {
        self.put(name, FactValue::Amount(Cents::parse(amount).unwrap()));
    }
    fn date(&mut self, name: FactName, date: Date) {
        self.put(name, FactValue::Date(date));
    }
    fn spend(&mut self, lines: Vec<ExpenseLine>) {
        self.put(FactName::Expenses, FactValue::Expenses(lines));
    }
    fn attach(&mut self, codes: &[String]) {
        let communes = codes.iter().map(|code| CommuneRef { code: Some(code.clone()), text: code.clone() }).collect();
        self.put(FactName::AttachedCommunes, FactValue::Communes(communes));
    }
}

impl Change for Subject {
    fn put(&mut self, name: FactName, value: FactValue) {
        self.facts.set(name, Ok(fact(name, value)));
    }
    fn lose(&mut self, name: FactName, absence: Absence) {
        self.facts.set(name, Err(absence));
    }
}

pub const ILE_DE_FRANCE: [&str; 8] = ["75", "77", "78", "91", "92", "93", "94", "95"];

pub fn rulebook(overrides: &str) -> Rulebook {
    served("11", &ILE_DE_FRANCE, overrides)
}

/// The rulebook of another territory, with a parameter file of its own.
pub fn served(region: &str, departements: &[&str], parameters: &str) -> Rulebook {
    let departements: Vec<String> = departements.iter().map(|&code| code.to_owned()).collect();
    Rulebook::with_overrides(region, &departements, &[("essai.toml", parameters)]).unwrap()
}

pub fn peers<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> Peers {
    let mut peers = Peers::default();
    subjects.into_iter().for_each(|subject| peers.add(&Neighbour::of(subject, true)));
    peers
}

/// The evaluation of a dossier alone, with the built-in parameters.
pub fn evaluate(subject: &Subject) -> Evaluation {
    rulebook("").evaluate(subject, &peers([subject]))
}

/// What a rule says of a dossier alone.
pub fn says(subject: &Subject, rule: &str) -> VerdictValue {
    verdict(&evaluate(subject), rule).verdict
}

pub fn verdict<'a>(evaluation: &'a Evaluation, rule: &str) -> &'a Verdict {
    evaluation.verdicts.iter().find(|verdict| verdict.rule == rule).unwrap()
}
