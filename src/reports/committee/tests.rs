//! What stands in a pack.

mod filled_in;
mod printed;
mod settled;

use jiff::civil::date;

use super::*;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName, FactValue};
use crate::domain::verdict::{RuleKind, VerdictValue};
use crate::reports::RuleText;
use crate::reports::sample::{Known, Sample, at, dossier};

/// A project of Seine-et-Marne, of themes 1 to 3, filed on 3 September 2021, that asks for 40 000 €.
fn project(number: i64) -> Sample {
    dossier(number).programme(Programme::Axe3V1).departement(Some("77")).amount(FactName::RequestedAmount, 4_000_000)
}

/// An annotation that the instructors left empty.
fn blank(sample: Sample, name: FactName) -> Sample {
    sample.with(|judged| judged.subject.facts.set(name, Err(Absence::Blank { label: name.label().to_owned() })))
}

/// A project for which an amount was entered, and of which nobody was told.
fn retained(number: i64, cents: i64) -> Sample {
    let entered = project(number).amount(FactName::GrantedAmount, cents);
    blank(blank(entered, FactName::RegionInformedOn), FactName::NotifiedOn)
}

/// A request of Seine-et-Marne for Démat.ADS, filed on 3 September 2021.
fn ads(number: i64) -> Sample {
    dossier(number).departement(Some("77"))
}

/// How the pack of Seine-et-Marne for the third quarter of 2021 is drawn up, with a right of 100 000 €.
struct Making<'a> {
    drawn_up_at: &'a str,
    ads_envelope: Option<Cents>,
    provisional: &'a [&'a str],
}

impl Default for Making<'_> {
    fn default() -> Self {
        Self { drawn_up_at: "2021-10-01T06:00:00Z", ads_envelope: None, provisional: &[] }
    }
}

impl Making<'_> {
    fn pack(&self, dossiers: Vec<Sample>) -> Pack {
        let provisional = self.provisional.iter().map(|reason| (*reason).to_owned()).collect();
        let known = Known { served: vec!["77".to_owned()], provisional, ..Known::of(dossiers) }.bare();
        let rights = BTreeMap::from([("77".to_owned(), Some(Cents::euros(100_000)))]);
        let rules = [RuleText {
            id: "A3V1-10".to_owned(),
            kind: RuleKind::Control,
            title: "montant dans la limite du maximum".to_owned(),
            citation: String::new(),
            explanation: String::new(),
        }];
        let report = QuarterlyInput {
            quarter: "2021-Q3".parse().unwrap(),
            drawn_up_at: at(self.drawn_up_at),
            revision: 0,
            is_draft: false,
            sources: known.sources(),
            drawing_rights: &rights,
            rights_then: &[],
            v1_total: None,
            ads_envelope: None,
            v2_envelope: None,
            credit_review: None,
            credits_expected_by: None,
            rules: &rules,
            commentary: None,
        };
        let region = crate::reports::sample::served();
        let input =
            CommitteeInput { departement: "77", report: &report, region: &region, ads_envelope: self.ads_envelope };
        let mut draft = Draft::new(&input);
        known.dossiers.iter().for_each(|judged| draft.add(judged));
        draft.finish()
    }
}

fn pack(dossiers: Vec<Sample>) -> Pack {
    Making::default().pack(dossiers)
}

fn numbers(requests: &[Request]) -> Vec<DossierNumber> {
    requests.iter().map(|request| request.number).collect()
}

fn left(pack: &Pack) -> Vec<Option<(Cents, Cents)>> {
    pack.pending.iter().map(|request| request.left).collect()
}

fn euros(before: i64, after: i64) -> (Cents, Cents) {
    (Cents::euros(before), Cents::euros(after))
}

#[test]
fn what_waits_stands_in_order_of_deposit_with_what_is_left_for_each() {
    let later = project(1).filed("2021-09-10T08:00:00Z");
    let refused = project(3).filed("2021-09-02T08:00:00Z").verdict(
        "A3V1-01",
        RuleKind::Blocking,
        VerdictValue::NotMet,
        "Hors délai.",
    );
    let granted = project(4).filed("2021-05-03T08:00:00Z").accepted(3_000_000, date(2021, 8, 10));
    let pack = pack(vec![later, project(2), refused, granted, ads(5)]);
    assert_eq!(numbers(&pack.pending), [3, 2, 1, 5]);
    // At most 8 800 € by its rule, though each asks for 40 000 €.
    assert_eq!(left(&pack), [None, Some(euros(70_000, 61_200)), Some(euros(61_200, 52_400)), None]);
    assert_eq!((pack.wanted(), pack.short_of()), (Cents::euros(17_600), None));
    assert_eq!(numbers(&pack.filed), [3, 2, 1, 5]);
}

#[test]
fn an_amount_that_was_entered_already_is_what_the_dossier_takes() {
    let pack = pack(vec![retained(1, 9_500_050).filed("2021-09-01T08:00:00Z"), project(2)]);
    let after_the_first = Cents(499_950);
    assert_eq!(left(&pack)[0], Some((Cents::euros(100_000), after_the_first)));
    assert_eq!(left(&pack)[1], Some((after_the_first, after_the_first - Cents::euros(8_800))));
    assert_eq!(pack.short_of(), Some(Cents(380_050)));
    assert_eq!(numbers(&pack.to_announce), [1]);
}

#[test]
fn demat_ads_takes_from_what_the_whole_region_has_left() {
    let elsewhere = |number: i64| dossier(number).departement(Some("93"));
    let dossiers = || {
        vec![
            elsewhere(1).accepted(2_000_000, date(2021, 8, 10)),
            elsewhere(2).filed("2021-09-01T08:00:00Z"),
            elsewhere(3).filed("2021-09-20T08:00:00Z"),
            dossier(4).departement(Some("28")).accepted(9_000_000, date(2021, 8, 10)),
            ads(5),
            ads(6).filed("2021-09-21T08:00:00Z"),
        ]
    };
    let making = Making { ads_envelope: Some(Cents::euros(50_000)), ..Making::default() };
    let pack = making.pack(dossiers());
    assert_eq!(pack.ads_left, Some(Cents::euros(30_000)));
    // Those of Seine-Saint-Denis that were filed before take theirs; what lies outside the région takes nothing.
    assert_eq!(left(&pack), [euros(21_200, 12_400), euros(3_600, -5_200)].map(Some));
    assert_eq!(left(&self::pack(dossiers())), [None, None], "without an envelope nothing is made up");
}

#[test]
fn only_what_lies_in_the_departement_by_the_end_of_the_quarter_is_in_it() {
    let pack = pack(vec![
        project(1),
        project(2).departement(Some("78")),
        project(3).departement(None),
        project(4).filed("2021-10-01T00:00:00Z"),
        project(5).programme(Programme::Axe3V2),
        project(6).filed("2021-06-30T12:00:00Z"),
        project(7).programme(Programme::Axe3V2).departement(Some("78")),
        project(8).programme(Programme::Axe3V2).state(DossierState::Accepte),
        project(9).programme(Programme::Axe2V1),
    ]);
    assert_eq!(numbers(&pack.pending), [6, 1]);
    assert_eq!(numbers(&pack.filed), [1]);
    assert_eq!(numbers(&pack.opinions), [5], "volet 2 is decided by the région, which asks for an opinion");
    assert_eq!(pack.unplaced, [3]);
}

#[test]
fn a_correction_says_the_same_as_long_as_nothing_else_changes() {
    let first = pack(vec![project(1)]);
    let says = |pack: &Pack| super::says(pack.clone());
    assert_eq!(says(&first), says(&Pack { revision: 2, ..first.clone() }));
    assert_ne!(says(&first), says(&pack(vec![project(1), project(2)])));
    assert_eq!((file_stem(&first).as_str(), first.standing().as_str()), ("comite-77-2021-T3", "Arrêté au 30/09/2021"));
    let corrected = Pack { revision: 2, ..first };
    assert_eq!(file_stem(&corrected), "comite-77-2021-T3-rev2");
    assert_eq!(corrected.standing(), "Arrêté au 30/09/2021, correction n° 2");
}

#[test]
fn what_was_decided_after_the_end_of_the_quarter_says_so() {
    let pack = pack(vec![
        project(1).accepted(100, date(2021, 9, 30)),
        project(2).accepted(100, date(2021, 10, 5)),
        project(3).date(FactName::CommitteeDate, date(2021, 10, 12)),
    ]);
    let standings: Vec<String> = pack.filed.iter().map(Request::standing).collect();
    assert_eq!(standings, ["accepté", "accepté depuis, le 05/10/2021", "en instruction"]);
    assert_eq!(numbers(&pack.pending), [2, 3], "a committee to come decides nothing yet");
}

/// Four projects that waited at the end of September, of which two were decided in October, with 8 800 € at most for each.
fn waited_then() -> Vec<Sample> {
    let filed = |number: i64| project(number).filed(&format!("2021-09-0{number}T08:00:00Z"));
    let refused = |judged: &mut crate::domain::subject::Judged| {
        judged.subject.treated_at = Some(at("2021-10-04T08:00:00Z"));
    };
    vec![
        filed(1),
        filed(2).accepted(500_000, date(2021, 10, 5)),
        filed(3).state(DossierState::Refuse).with(refused),
        filed(4),
    ]
}

#[test]
fn what_was_decided_since_keeps_its_place_among_those_that_waited() {
    let pack = pack(waited_then());
    assert_eq!(numbers(&pack.pending), [1, 2, 3, 4]);
    let chain = [euros(100_000, 91_200), euros(91_200, 86_200), euros(86_200, 77_400), euros(77_400, 68_600)];
    assert_eq!(left(&pack), chain.map(Some));
    assert_eq!((pack.wanted(), pack.decided_since()), (Cents::euros(31_400), 2));
    assert_eq!(pack.right().map(|credit| credit.granted), Some(Cents::ZERO), "nothing was granted by the end");
    let open: Vec<DossierNumber> = pack.open().map(|request| request.number).collect();
    assert_eq!(open, [1, 4], "nobody is to decide again");
    let told = summary(&pack).lines.join("\n");
    assert!(told.contains("- dossiers en attente d’une décision : 4, dont 2 décidés depuis"), "{told}");
}

#[test]
fn a_decision_of_after_the_end_is_not_controlled_yet() {
    let broken = |day| {
        project(1).accepted(9_000_000, day).verdict("A3V1-10", RuleKind::Control, VerdictValue::NotMet, "Au-delà.")
    };
    assert_eq!(pack(vec![broken(date(2021, 9, 30))]).breaches.len(), 1);
    assert_eq!(pack(vec![broken(date(2021, 10, 1))]).breaches.len(), 0);
}
