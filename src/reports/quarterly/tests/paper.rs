//! The document as a whole: what it looks like in words, and that nothing of it grows without end.

use super::*;
use crate::reports::RuleText;
use crate::reports::blocks::Block;

/// A quarter with something to say in every section.
fn eventful() -> QuarterlyReport {
    let choices = |codes: &[&str]| FactValue::Choices(codes.iter().map(|code| (*code).to_owned()).collect());
    let theme = |sample: Sample, code: &str| sample.fact(FactName::Theme, choices(&[code]));
    let known = Known {
        unreadable: vec![unreadable(70, Axe3V1)],
        excluded: vec![Excluded { number: 71, programme: Axe3V1Ads }],
        behind: vec![
            "Démarche 61235, que DS ne connaît plus : ses dossiers sont tels que lus le 01/09/2021.".to_owned(),
        ],
        ..Known::of(vec![
            theme(project(1), "3")
                .text(FactName::ProjectTitle, "Accueil unique")
                .text(FactName::ProjectSummary, "Un guichet : accueil et téléphonie ; ouvert à tous.")
                .accepted(12_345_678, date(2021, 8, 10))
                .amount(FactName::EngagedAmount, 10_000_000)
                .date(FactName::AgreementOn, date(2021, 8, 20))
                .amount(FactName::PaidAmount, 2_500_050)
                .date(FactName::PaidOn, date(2021, 9, 10))
                .date(FactName::ProjectEnd, date(2021, 9, 20))
                .text(FactName::Feedback, "Très utile !")
                .fact(FactName::SupportWanted, choices(&["expertise", "lab"])),
            theme(places(project(2), &["77"]), "2")
                .text(FactName::ProjectTitle, "Agents formés")
                .filed("2021-05-03T08:00:00Z")
                .accepted(4_000_000, date(2021, 6, 10))
                .verdict("A3V1-12", Control, NotMet, "Région informée après."),
            theme(project(3), "1")
                .name(Some("Ville de Bondy"))
                .with(|judged| judged.subject.applicant.siret = Siret::parse("21930010200015").ok())
                .fact(FactName::SupportWanted, choices(&["lab"])),
            project(4).state(DossierState::Refuse),
            places(project(5), &["77", "78"]).accepted(150_000, date(2021, 9, 2)),
            dossier(10).accepted(880_000, date(2021, 8, 10)),
            dossier(11).state(DossierState::Accepte).removed(RemovalReason::Deleted),
            dossier(12).missing("ADS-03", "les factures"),
            dossier(13).removed(RemovalReason::Deleted),
            project(20)
                .programme(Axe3V2)
                .text(FactName::ProjectTitle, "Labo mobile")
                .accepted(5_000_000, date(2021, 7, 10))
                .verdict("A3V2-11", Control, ToReview, "Avis à voir."),
        ])
    };
    let rules = [RuleText {
        id: "A3V1-12".to_owned(),
        kind: Control,
        title: "La région est informée avant la notification".to_owned(),
        citation: String::new(),
        explanation: String::new(),
    }];
    let commentary = Commentary::read("Le trimestre a été **soutenu**.".as_bytes()).unwrap();
    let rights = drawing_rights();
    let input = QuarterlyInput {
        quarter: "2021-Q3".parse().unwrap(),
        drawn_up_at: at("2021-10-05T06:00:00Z"),
        revision: 1,
        is_draft: false,
        sources: known.sources(),
        drawing_rights: &rights,
        rights_then: &[],
        v1_total: Some(Cents::euros(2_079_208)),
        ads_envelope: None,
        v2_envelope: Some(Cents::euros(200_000)),
        credit_review: Some(date(2021, 9, 1)),
        credits_expected_by: Some(date(2021, 9, 30)),
        rules: &rules,
        commentary: Some(&commentary),
    };
    draw_up(&input, &known.dossiers)
}

#[test]
fn the_report_as_people_read_it() {
    let text = said(&eventful()).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(text);
}

#[test]
fn its_headings_go_down_one_level_at_a_time_and_its_charts_say_their_figures() {
    let document = document(&eventful());
    let mut before = 0;
    for block in &document.blocks {
        match block {
            Block::Heading { level, .. } => {
                assert!(*level <= before + 1 && (1..=3).contains(level));
                before = *level;
            }
            Block::Chart(chart) => assert!(
                chart.alternative.ends_with('.') && chart.alternative.contains('€') | chart.alternative.contains('%')
            ),
            _ => {}
        }
    }
}

#[test]
fn a_report_on_thousands_of_dossiers_is_not_much_longer_than_one_on_a_hundred() {
    let length = |number: i64| {
        let dossiers = (1..=number).map(|number| {
            let programme = if number % 2 == 0 { Axe3V1 } else { Axe3V2 };
            dossier(number)
                .programme(programme)
                .name(Some(&format!("Commune n° {number}")))
                .text(FactName::ProjectTitle, &"titre ".repeat(50))
                .text(FactName::ProjectSummary, &"résumé ".repeat(500))
                .text(FactName::Feedback, &"retour ".repeat(1_000))
                .fact(FactName::SupportWanted, FactValue::Choices(["lab".to_owned()].into()))
                .accepted(100, date(2021, 8, 10))
                .date(FactName::ProjectEnd, date(2021, 9, 1))
                .removed(RemovalReason::Deleted)
                .verdict("A3V1-12", Control, NotMet, &"explication ".repeat(50))
        });
        let behind: Vec<String> = (0..number).map(|one| format!("Démarche {one}, que DS ne connaît plus.")).collect();
        let known = Known {
            behind,
            unreadable: (0..number).map(|one| unreadable(one + 100_000, Axe3V1)).collect(),
            ..Known::of(dossiers.collect())
        };
        said(&report_from(&known, "2021-10-05T06:00:00Z", &drawing_rights())).chars().count()
    };
    let (hundred, thousands) = (length(100), length(3_000));
    assert!(thousands < hundred + hundred / 20, "{hundred} {thousands}");
    assert!(thousands < 100_000, "{thousands}");
}

/// The lines that say why two numbers differ: what stands before the equality, and the parts after it.
fn sums(page: &str) -> Vec<(i128, Vec<i128>)> {
    // `1 234,50 € accordés` in cents, `12 dossiers` as it is.
    let number = |text: &str| -> i128 {
        let digits = text.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == ' ' || *c == ',');
        digits.filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let line = |line: &str| {
        let (whole, parts) = line.split_once(" = ")?;
        let whole = whole.rsplit_once(". ").map_or(whole, |(_, whole)| whole);
        Some((number(whole), parts.split(" + ").map(number).collect()))
    };
    page.lines().filter_map(|one| one.strip_prefix("(note) ")).filter_map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn whatever_differs_is_told_and_adds_up(
        dossiers in prop::collection::vec(
            (0_usize..10, prop::option::of(0_i64..100_000_000), 0_usize..3, 0_usize..6, any::<bool>()), 1..25,
        ),
        excluded in 0_i64..3,
    ) {
        let codes = ["75", "77", "78", "91", "92", "93", "94", "95", "28"];
        let states = [DossierState::EnInstruction, DossierState::Accepte, DossierState::Accepte, DossierState::Refuse, DossierState::SansSuite];
        let samples = (1..).zip(&dossiers).map(|(number, (place, granted, programme, state, gone))| {
            let sample = dossier(number)
                .programme([Axe3V1, Axe3V1Ads, Axe3V2][*programme])
                .with(|judged| judged.subject.applicant.siret = None)
                .departement(codes.get(*place).copied())
                .state(states.get(*state).cloned().unwrap_or(DossierState::Accepte));
            // Some are decided after the end.
            let sample = if *state == 5 { sample.date(FactName::CommitteeDate, date(2021, 10, 3)) } else { sample };
            let sample = granted.map_or(sample.clone(), |cents| sample.amount(FactName::GrantedAmount, cents));
            if *gone { sample.removed(RemovalReason::Deleted) } else { sample }
        });
        let known = Known {
            excluded: (0..excluded).map(|one| Excluded { number: 900 + one, programme: Axe3V2 }).collect(),
            ..Known::of(samples.collect())
        };
        let report = report_from(&known, "2021-10-05T06:00:00Z", &drawing_rights());
        let sums = sums(&said(&report));
        for (whole, parts) in &sums {
            prop_assert_eq!(*whole, parts.iter().sum::<i128>());
        }
        let is_told = |number: usize| sums.iter().any(|(whole, _)| *whole == number as i128);
        for reckoning in &report.reckonings {
            let count = reckoning.count;
            prop_assert!(count.filed() == count.shown || is_told(count.filed()));
        }
        for section in &report.sections {
            let accepted = report.activities.iter().find(|one| one.programme == section.programme);
            let accepted = accepted.map_or(0, |activity| activity.states.of(&DossierState::Accepte));
            prop_assert!(accepted == section.total.grants || is_told(accepted));
        }
    }
}
