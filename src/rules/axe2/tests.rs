//! Axe 2: each rule with each verdict it can give.

use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{LegalKind, Subject};
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};
use crate::rules::testing::{Change, at, evaluate, peers, rulebook, says, subject, verdict};
use crate::territory;

fn call(change: impl FnOnce(&mut Subject)) -> Subject {
    let mut subject = subject(1, Programme::Axe2V2);
    subject.pay(FactName::TotalCost, "1000.01");
    change(&mut subject);
    subject
}

#[test]
fn the_territory_is_large() {
    let kind = |kind, population| call(|s| (s.applicant.legal_kind, s.applicant.population) = (kind, population));
    assert_eq!(says(&kind(LegalKind::Departement, None), "A2-01"), Met);
    assert_eq!(says(&kind(LegalKind::Region, None), "A2-01"), Met);
    assert_eq!(says(&kind(LegalKind::Commune, Some(2_165_423)), "A2-01"), Met);
    assert_eq!(says(&kind(LegalKind::Commune, Some(499_999)), "A2-01"), ToReview);
    assert_eq!(says(&kind(LegalKind::Groupement, Some(500_000)), "A2-01"), Met);
    assert_eq!(says(&kind(LegalKind::Groupement, Some(499_999)), "A2-01"), ToReview, "not in the tables");
    let groupement = |siren: &str| {
        call(|s| {
            s.applicant.siret = Siret::parse(&format!("{siren}00011")).ok();
            s.applicant.population = territory::population(siren);
        })
    };
    assert_eq!(says(&groupement("200057875"), "A2-01"), NotMet);
    assert_eq!(says(&groupement("200054781"), "A2-01"), Met);
}

#[test]
fn a_call_is_open() {
    for (deposited, expected) in [
        ("2021-01-24T22:59:59Z", NotMet),
        ("2021-01-24T23:00:00Z", Met),
        ("2021-05-28T21:59:59Z", Met),
        ("2021-05-28T22:00:00Z", NotMet),
        ("2021-06-30T22:00:00Z", ToReview),
        ("2021-07-15T10:00:00Z", Met),
        ("2021-11-15T10:00:00Z", ToReview),
        ("2021-12-15T10:00:00Z", NotMet),
        ("2022-01-05T10:00:00Z", ToReview),
        ("2022-02-05T10:00:00Z", Met),
        ("2022-05-31T10:00:00Z", ToReview),
        ("2022-06-01T10:00:00Z", NotMet),
    ] {
        assert_eq!(says(&call(|s| s.deposited_at = at(deposited)), "A2-02"), expected, "{deposited}");
    }
}

#[test]
fn half_of_the_cost_is_financed() {
    let subject = call(|_| {});
    assert_eq!(
        (evaluate(&subject).computed, says(&subject, "A2-03"), says(&subject, "A2-04")),
        (Some(Cents(50_000)), Met, NotApplicable)
    );
    let unknown = call(|s| s.lose(FactName::TotalCost, Absence::NotMapped));
    assert_eq!((evaluate(&unknown).computed, says(&unknown, "A2-03")), (None, ToReview));
    assert_eq!(says(&call(|s| s.grant("500.01")), "A2-04"), NotMet);
    assert_eq!(says(&call(|s| s.grant("500")), "A2-04"), Met);
    assert_eq!(says(&call(|s| s.state = DossierState::Accepte), "A2-04"), ToReview);
}

fn connection(number: i64, service: &str) -> Subject {
    let mut one = subject(number, Programme::Axe2V4);
    one.applicant.siret = subject(1, Programme::Axe2V4).applicant.siret;
    one.choose(FactName::Service, service);
    one
}

#[test]
fn volet_4_closes_after_its_last_day() {
    for (deposited, expected) in [("2022-09-30T21:59:59Z", Met), ("2022-09-30T22:00:00Z", NotMet)] {
        let mut subject = connection(1, "api");
        subject.deposited_at = at(deposited);
        assert_eq!(says(&subject, "A2V4-01"), expected, "{deposited}");
    }
}

#[test]
fn one_funding_for_each_service() {
    let own = connection(1, "api");
    let judged = |other: &Subject| verdict(&rulebook("").evaluate(&own, &peers([&own, other])), "A2V4-02").verdict;
    assert_eq!(judged(&connection(2, "franceconnect")), Met);
    assert_eq!(judged(&connection(2, "api")), ToReview);
    let mut unknown = connection(2, "api");
    unknown.lose(FactName::Service, Absence::NotMapped);
    assert_eq!((judged(&unknown), says(&unknown, "A2V4-02")), (ToReview, ToReview));
    unknown.state = DossierState::Refuse;
    assert_eq!((judged(&unknown), says(&unknown, "A2V4-02")), (Met, NotApplicable));
    assert_eq!(
        (evaluate(&own).computed, says(&own, "A2V4-03"), says(&own, "A2V4-04")),
        (Some(Cents::euros(5_000)), Met, ToReview)
    );
}

#[test]
fn the_envelope_is_checked_when_set() {
    let mut own = connection(1, "api");
    assert_eq!(says(&own, "A2V4-05"), NotApplicable);
    let set = rulebook("[[fc_api_envelope]]\nvalue = 4000\nunit = \"EUR\"");
    let judged = |subject: &Subject| verdict(&set.evaluate(subject, &peers([])), "A2V4-05").verdict;
    assert_eq!(judged(&own), NotApplicable);
    own.state = DossierState::Accepte;
    assert_eq!(judged(&own), ToReview);
    own.grant("4000");
    assert_eq!(judged(&own), Met);
    own.grant("5000");
    assert_eq!(judged(&own), NotMet);
}
