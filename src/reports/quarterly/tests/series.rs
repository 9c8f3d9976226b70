//! The quarters one after the other.

use super::*;

fn steps(report: &QuarterlyReport) -> Vec<(String, [i128; 3])> {
    let series = &report.sections[0].series;
    let sums = |step: &Step| [step.until.granted, step.until.engaged, step.until.paid].map(|amount| amount.0);
    series.steps.iter().map(|step| (step.quarter.to_string(), sums(step))).collect()
}

#[test]
fn each_amount_counts_in_the_quarter_of_its_own_day() {
    let used = project(1)
        .accepted(300, date(2021, 3, 31))
        .amount(FactName::EngagedAmount, 200)
        .date(FactName::AgreementOn, date(2021, 4, 1))
        .amount(FactName::PaidAmount, 100)
        .date(FactName::PaidOn, date(2021, 7, 1));
    let without_days =
        project(2).accepted(30, date(2021, 8, 1)).amount(FactName::EngagedAmount, 20).amount(FactName::PaidAmount, 10);
    let report = report(vec![used, without_days]);
    assert_eq!(
        steps(&report),
        [
            ("2021-Q1".to_owned(), [300, 0, 0]),
            ("2021-Q2".to_owned(), [300, 200, 0]),
            ("2021-Q3".to_owned(), [330, 220, 100]),
        ]
    );
    let undated = report.sections[0].series.undated;
    assert_eq!((undated.granted, undated.engaged, undated.paid), (Cents(0), Cents(0), Cents(10)));
    let page = said(&report);
    assert!(page.contains("Sans date connue | – | 0,00 € | 0,00 € | 0,10 € | –"), "{page}");
    assert!(page.contains("Ensemble | – | 3,30 € | 2,20 € | 1,10 € | 0,0 %"), "{page}");
}

#[test]
fn long_histories_begin_with_what_came_before() {
    let old = project(1).accepted(500, date(1021, 1, 1));
    let shown = report(vec![old, project(2).accepted(100, date(2021, 9, 1))]);
    let quarters = steps(&shown);
    assert_eq!((quarters.len(), quarters[0].clone()), (8, ("2019-Q4".to_owned(), [500, 0, 0])));
    assert_eq!(shown.sections[0].series.before.granted, Cents(500));
    assert_eq!(steps(&report(Vec::new())).len(), 2, "two at least, so that there is something to compare");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn the_series_ends_with_the_sums_of_the_section(
        dossiers in prop::collection::vec(
            (0_i64..1_000_000, prop::option::of(0_i64..1_000), prop::option::of(0_i64..1_000), 0_i32..1_200, 0_i32..1_200), 0..12,
        )
    ) {
        let day = |back: i32| date(2021, 9, 30).checked_sub(jiff::ToSpan::days(back)).unwrap();
        let samples = (1..).zip(dossiers).map(|(number, (granted, engaged, paid, decided, settled))| {
            let mut sample = project(number).accepted(granted, day(decided));
            if let Some(engaged) = engaged {
                sample = sample.amount(FactName::EngagedAmount, engaged).date(FactName::AgreementOn, day(settled - 100));
            }
            match paid {
                Some(paid) if settled % 3 == 0 => sample.amount(FactName::PaidAmount, paid),
                Some(paid) => sample.amount(FactName::PaidAmount, paid).date(FactName::PaidOn, day(settled)),
                None => sample,
            }
        });
        for section in &report(samples.collect()).sections {
            let series = &section.series;
            let all = series.dated() + series.undated;
            let total = &section.total;
            prop_assert_eq!((all.granted, all.engaged, all.paid), (total.granted, total.engaged, total.paid));
            let within = series.steps.iter().fold(series.before, |sum, step| sum + step.within);
            prop_assert_eq!(within, series.dated());
            prop_assert!(series.steps.windows(2).all(|two| two[0].until.granted <= two[1].until.granted));
            prop_assert_eq!(series.this_quarter().granted, total.granted_in_quarter);
        }
    }

    /// Nobody touched a dossier in between: what one report says of its end, the next says of the same day, and adds what it grants.
    #[test]
    fn each_report_goes_on_where_the_one_before_ended(
        dossiers in prop::collection::vec(
            (0_i64..1_000_000, 0_i32..300, -120_i32..120, prop::option::of(-200_i32..200), prop::option::of(-200_i32..200)), 0..12,
        )
    ) {
        let day = |back: i32| date(2021, 12, 31).checked_sub(jiff::ToSpan::days(back)).unwrap();
        let samples = (1..).zip(dossiers).map(|(number, (granted, committee, on_ds, agreement, payment))| {
            let treated = format!("{}T08:00:00Z", day(committee + on_ds));
            let mut sample = project(number).accepted(granted, day(committee));
            sample = sample.with(|judged| {
                judged.subject.deposited_at = at("2020-09-03T08:00:00Z");
                judged.subject.treated_at = Some(at(&treated));
            });
            sample = sample.amount(FactName::EngagedAmount, granted / 2);
            if let Some(after) = agreement {
                sample = sample.date(FactName::AgreementOn, day(committee - after));
            }
            match payment {
                Some(after) => {
                    sample.amount(FactName::PaidAmount, granted / 3).date(FactName::PaidOn, day(committee - after))
                }
                None => sample,
            }
        });
        let known = Known::of(samples.collect());
        let of = |quarter: &str| {
            let quarter: Quarter = quarter.parse().unwrap();
            report_on(quarter, &known, quarter.ends_before(), &drawing_rights())
        };
        let reports = ["2021-Q2", "2021-Q3", "2021-Q4"].map(of);
        for two in reports.windows(2) {
            for (before, section) in two[0].sections.iter().zip(&two[1].sections) {
                let (then, now) = (&before.total, &section.total);
                prop_assert_eq!(then.granted + now.granted_in_quarter, now.granted);
                prop_assert_eq!(then.granted_in_quarter, now.granted_in_previous_quarter);
                let step = section.series.steps.iter().rev().nth(1).unwrap().until;
                prop_assert_eq!((step.granted, step.engaged, step.paid), (then.granted, then.engaged, then.paid));
            }
        }
    }
}
