//! How long requests wait for a decision.

use super::*;

/// Filed on 1 July, closed so many days later.
fn closed(number: i64, state: DossierState, days: i32) -> Sample {
    let treated = at("2021-07-01T08:00:00Z") + jiff::SignedDuration::from_hours(24 * i64::from(days));
    project(number)
        .filed("2021-07-01T08:00:00Z")
        .state(state)
        .with(move |judged| judged.subject.treated_at = Some(treated))
}

#[test]
fn medians_are_those_of_decisions_and_what_is_closed_without_action_stands_apart() {
    let mut dossiers: Vec<Sample> =
        (1..=10).map(|day| closed(i64::from(day), DossierState::Accepte, day * 5)).collect();
    dossiers.push(closed(11, DossierState::Refuse, 80));
    dossiers.push(closed(12, DossierState::SansSuite, 3));
    dossiers.push(closed(13, DossierState::Accepte, 120));
    dossiers.push(closed(14, DossierState::Refuse, -2));
    dossiers.push(project(15));
    let report = report(dossiers);
    let durations = &report.durations[0];
    let spread = |spread: &Spread| (spread.count(), spread.percentile(50), spread.percentile(90));
    assert_eq!(spread(&durations.decided.ever), (11, Some(30), Some(50)), "what is decided after the end is not");
    assert_eq!(spread(&durations.dropped.ever), (1, Some(3), Some(3)));
    assert_eq!(durations.unmeasured, 1, "closed before it was filed");
    let page = said(&report);
    assert!(page.contains("thèmes 1 à 3 | 11 | 30 | 50 | 11 | 30 | 50\n  Classés sans suite\n"), "{page}");
    assert!(page.contains("1 dossier clos sans date de décision utilisable"), "{page}");
}

#[test]
fn the_days_are_those_of_paris() {
    let late = project(1)
        .filed("2021-07-01T21:59:00Z")
        .state(DossierState::Refuse)
        .with(|judged| judged.subject.treated_at = Some(at("2021-07-01T22:01:00Z")));
    assert_eq!(report(vec![late]).durations[0].decided.ever.percentile(50), Some(1));
}

proptest! {
    #[test]
    fn so_many_were_decided_within_the_percentile(days in prop::collection::vec(0_i32..90, 1..40), percent in 1_usize..=100) {
        let dossiers = (1..).zip(&days).map(|(number, days)| closed(number, DossierState::Refuse, *days));
        let report = report(dossiers.collect());
        let spread = &report.durations[0].decided.ever;
        let reached = spread.percentile(percent).unwrap();
        let within = days.iter().filter(|day| u32::try_from(**day).unwrap() <= reached).count();
        let below = days.iter().filter(|day| u32::try_from(**day).unwrap() < reached).count();
        prop_assert!(within * 100 >= percent * days.len() && below * 100 < percent * days.len());
    }
}
