//! Any dossier of any programme: every fact there or not, every state. For properties.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{Change, at, blank, centre, codes, fact, invoice, lab_project, line, project, subject};
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, ExpenseLine, FactName, FactValue, NATURES, ORIGINS};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::{LegalKind, Subject};

/// Ways for a fact to be missing. An empty list of communes is an answer, so that blank is no absence for it.
pub fn absences(name: FactName) -> Vec<Absence> {
    let mut absences = vec![
        Absence::NotMapped,
        Absence::NotOnForm { wanted: "x".to_owned() },
        Absence::Unreadable { label: "x".to_owned(), reason: "y".to_owned() },
        Absence::Misplaced { label: "x".to_owned(), reason: "y".to_owned() },
    ];
    if name != FactName::AttachedCommunes {
        absences.push(blank(name));
    }
    absences
}

/// Sets each fact, or leaves its champ empty.
fn fill(subject: &mut Subject, values: impl IntoIterator<Item = (FactName, Option<FactValue>)>) {
    for (name, value) in values {
        subject.facts.set(name, value.map(|value| fact(name, value)).ok_or_else(|| blank(name)));
    }
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(among: &[T]) -> impl Strategy<Value = Option<T>> + use<T> {
    prop::option::of(prop::sample::select(among.to_vec()))
}

fn choice(code: Option<&str>) -> Option<FactValue> {
    code.map(|code| FactValue::Choice(code.to_owned()))
}

fn amount() -> impl Strategy<Value = Option<FactValue>> {
    prop::option::of(0_i64..40_000_000).prop_map(|cents| cents.map(|cents| FactValue::Amount(cents.into())))
}

fn day() -> impl Strategy<Value = Option<Date>> {
    maybe(&[date(2021, 8, 1), date(2021, 9, 15), date(2021, 10, 8), date(2022, 12, 1)])
}

fn expense() -> impl Strategy<Value = ExpenseLine> {
    let amount = prop::option::of(-200_000_i64..3_000_000);
    (maybe(&NATURES), maybe(&ORIGINS), amount, day()).prop_map(|(nature, origin, amount, date)| ExpenseLine {
        nature: nature.map(str::to_owned),
        origin: origin.map(str::to_owned),
        amount: amount.map(Cents::from),
        date,
        ..ExpenseLine::default()
    })
}

/// Expenses line by line, as one amount, or not at all.
fn spending() -> impl Strategy<Value = [(FactName, Option<FactValue>); 2]> {
    let lines = prop::collection::vec(expense(), 0..6).prop_map(|lines| Some(FactValue::Expenses(lines)));
    prop_oneof![
        3 => lines.prop_map(|lines| (lines, None)),
        1 => amount().prop_map(|total| (None, total)),
    ]
    .prop_map(|(lines, total)| [(FactName::Expenses, lines), (FactName::EligibleExpenses, total)])
}

/// What is recorded of a decision.
fn decision() -> impl Strategy<Value = Vec<(FactName, Option<FactValue>)>> {
    let days = (day(), day(), day(), day(), day());
    (days, amount(), amount(), amount()).prop_map(|(days, granted, engaged, paid)| {
        let (committee, notified, informed, agreement, paid_on) = days;
        vec![
            (FactName::CommitteeDate, committee.map(FactValue::Date)),
            (FactName::NotifiedOn, notified.map(FactValue::Date)),
            (FactName::RegionInformedOn, informed.map(FactValue::Date)),
            (FactName::AgreementOn, agreement.map(FactValue::Date)),
            (FactName::PaidOn, paid_on.map(FactValue::Date)),
            (FactName::GrantedAmount, granted),
            (FactName::EngagedAmount, engaged),
            (FactName::PaidAmount, paid),
        ]
    })
}

/// Where any dossier stands, when it was filed and by whom.
fn circumstances() -> impl Strategy<Value = (DossierState, &'static str, LegalKind)> {
    let state = prop::sample::select(DossierState::KNOWN.to_vec());
    let deposited = prop::sample::select(vec![
        "2021-09-01T10:00:00Z",
        "2021-10-31T10:00:00Z",
        "2021-11-05T10:00:00Z",
        "2022-11-05T10:00:00Z",
    ]);
    let kind = prop::sample::select(vec![
        LegalKind::Commune,
        LegalKind::Groupement,
        LegalKind::Departement,
        LegalKind::Company,
        LegalKind::Unknown,
    ]);
    (state, deposited, kind)
}

fn place(subject: &mut Subject, (state, deposited, kind): (DossierState, &str, LegalKind)) {
    (subject.state, subject.deposited_at, subject.applicant.legal_kind) = (state, at(deposited), kind);
}

/// INSEE codes, one of them unknown; some come twice.
pub fn some_codes() -> impl Strategy<Value = Vec<String>> {
    let mut pool = codes(40);
    pool.push("99999".to_owned());
    prop::collection::vec(prop::sample::select(pool), 0..45)
}

/// A dossier of Démat.ADS.
pub fn any_request(number: u8) -> BoxedStrategy<Subject> {
    let carrier = maybe(&["centre_instructeur", "commune_autonome"]);
    let asks = (carrier, prop::option::of(some_codes()), prop::option::of(0_usize..2));
    (asks, spending(), decision(), circumstances())
        .prop_map(move |(asks, spending, decision, circumstances)| {
            let (carrier, communes, files) = asks;
            let mut subject = centre(number.into(), &[]);
            place(&mut subject, circumstances);
            subject.applicant.code_insee = codes(40).get(usize::from(number)).cloned();
            fill(&mut subject, spending.into_iter().chain(decision));
            let files = files.map(|count| FactValue::Files(vec![invoice(); count]));
            fill(&mut subject, [(FactName::ApplicantType, choice(carrier)), (FactName::Invoices, files)]);
            match communes {
                Some(communes) => subject.attach(&communes),
                None => subject.lose(FactName::AttachedCommunes, blank(FactName::AttachedCommunes)),
            }
            subject
        })
        .boxed()
}

/// A project of axe 3, volet 1 (themes 1 to 3) or volet 2.
pub fn any_project(number: u8) -> BoxedStrategy<Subject> {
    let choices = (
        maybe(&["accessibility", "other"]),
        maybe(&["Labo d’essai", "aucun"]),
        maybe(&[true, false]),
        maybe(&[true, false]),
        maybe(&[vec!["1"], vec!["3"], vec!["1", "2"]]),
        maybe(&["collectivite", "common"]),
        maybe(&["Contrat de transition écologique", "non"]),
    );
    let size = (maybe(&[14_999_i64, 15_000, 15_001, 15_002]), maybe(&[14_999_i64, 15_000, 15_001]));
    let shape = (any::<bool>(), day(), day(), maybe(&[true, false]));
    (shape, choices, size, amount(), spending(), decision(), circumstances())
        .prop_map(move |(shape, choices, size, cost, spending, decision, circumstances)| {
            let (second, start, end, opinion) = shape;
            let (purpose, lab, engaged, exception, themes, framework, contract) = choices;
            let mut subject = if second { lab_project(number.into()) } else { project(number.into()) };
            place(&mut subject, circumstances);
            subject.applicant.population = size.0;
            subject.opinion_given = opinion;
            fill(&mut subject, spending.into_iter().chain(decision));
            let text = |text: Option<&str>| text.map(|text| FactValue::Text(text.to_owned()));
            let themes = themes.map(|codes| FactValue::Choices(codes.into_iter().map(str::to_owned).collect()));
            let values = [
                (FactName::ProjectStart, start.map(FactValue::Date)),
                (FactName::ProjectEnd, end.map(FactValue::Date)),
                (FactName::TotalCost, cost),
                (FactName::EquipmentPurpose, choice(purpose)),
                (FactName::AlreadyEngaged, engaged.map(FactValue::YesNo)),
                (FactName::RateException, exception.map(FactValue::YesNo).filter(|_| !second)),
                (FactName::Theme, themes.filter(|_| !second)),
                (FactName::Lab, text(lab).filter(|_| second)),
                (FactName::StateContract, text(contract).filter(|_| second)),
                (FactName::ProjectFramework, choice(framework).filter(|_| second)),
                (FactName::Population, size.1.map(FactValue::Integer)),
            ];
            fill(&mut subject, values);
            subject
        })
        .boxed()
}

/// A dossier of axe 2.
pub fn any_national(number: u8) -> BoxedStrategy<Subject> {
    let programme =
        prop::sample::select(vec![Programme::Axe2V1, Programme::Axe2V2, Programme::Axe2V3, Programme::Axe2V4]);
    let asks = (programme, maybe(&["franceconnect", "api"]), maybe(&[499_999_i64, 500_000]));
    (asks, amount(), decision(), circumstances())
        .prop_map(move |(asks, cost, decision, circumstances)| {
            let (programme, service, population) = asks;
            let mut subject = subject(number.into(), programme);
            place(&mut subject, circumstances);
            subject.applicant.population = population;
            fill(&mut subject, decision);
            fill(&mut subject, [(FactName::TotalCost, cost), (FactName::Service, choice(service))]);
            subject
        })
        .boxed()
}

/// A dossier of any programme.
pub fn any_dossier(number: u8) -> BoxedStrategy<Subject> {
    prop_oneof![any_request(number), any_project(number), any_national(number)].boxed()
}

/// A training that costs something: eligible in every programme that looks at expenses.
pub fn training(cents: i64) -> ExpenseLine {
    ExpenseLine { amount: Some(Cents::from(cents)), date: Some(date(2023, 1, 1)), ..line("training", "0") }
}
