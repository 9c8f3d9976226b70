//! The pack as people read it.

use super::*;
use crate::reports::blocks::{Block, Row, RowCell, Span};

/// All that the document says, block by block.
fn said(pack: &Pack) -> String {
    let spans = |spans: &[Span]| {
        let text = |span: &Span| match span {
            Span::Text(text) | Span::Strong(text) | Span::Link { text, .. } => text.clone(),
        };
        spans.iter().map(text).collect::<String>()
    };
    let row = |row: &Row| {
        let cell = |cell: &RowCell| {
            let detail = cell.detail.as_ref().map_or(String::new(), |detail| format!(" / {detail}"));
            spans(&cell.text) + &detail
        };
        row.cells.iter().map(cell).collect::<Vec<_>>().join(" | ")
    };
    let document = document(pack);
    let mut lines = vec![document.author, document.title, document.standing, document.footer];
    lines.extend(document.provisional.iter().map(|reason| format!("! {reason}")));
    for block in document.blocks {
        match block {
            Block::Heading { level, text, .. } => lines.push(format!("{} {text}", "#".repeat(level.into()))),
            Block::Paragraph(text) | Block::Warning(text) | Block::Note(text) => lines.push(spans(&text)),
            Block::Quotation(paragraphs) => lines.extend(paragraphs.iter().map(|text| format!("> {}", spans(text)))),
            Block::List(items) => lines.extend(items.iter().map(|text| format!("- {}", spans(text)))),
            Block::Terms(terms) => lines.extend(terms.iter().map(|(term, text)| format!("{term} = {}", spans(text)))),
            Block::Figures(figures) => lines.extend(figures.iter().map(|figure| {
                format!("[{} : {} {}]", figure.label, figure.value, figure.detail.as_deref().unwrap_or_default())
            })),
            Block::Table(table) => {
                lines.push(table.columns.iter().map(|column| column.heading.as_str()).collect::<Vec<_>>().join(" | "));
                for group in &table.groups {
                    lines.extend(group.heading.iter().map(|heading| format!("== {heading}")));
                    lines.extend(group.rows.iter().map(row));
                }
            }
            Block::Chart(chart) => lines.push(format!("({})", chart.caption)),
            Block::Signature { lines: signed } => lines.push(format!("[{}]", signed.join(" "))),
            Block::PageBreak => lines.push("---".to_owned()),
        }
    }
    lines.join("\n").replace(['\u{a0}', '\u{202f}'], " ").replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn points_name_who_is_to_act() {
    let without_amount = project(1).state(DossierState::Accepte);
    let breach = project(2).accepted(9_000_000, date(2021, 8, 10)).verdict(
        "A3V1-10",
        RuleKind::Control,
        VerdictValue::NotMet,
        "Au-delà.",
    );
    let said = said(&pack(vec![without_amount, breach, project(3), project(4)]));
    for expected in [
        "2 dossiers en instruction, éligibles, à décider. / 3, 4 | comité",
        "Ce qui peut être accordé aux dossiers en attente dépasse de 7 600,00 € ce qui reste du droit de tirage. / 4 | comité",
        "1 dossier accepté sans montant saisi : ce qui est accordé est un minimum. / 1 | préfecture",
        "1 dossier accepté ne respecte pas la règle « montant dans la limite du maximum ». / 2 | préfecture",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn a_right_that_is_exceeded_is_the_first_point() {
    let said = said(&pack(vec![project(1).accepted(10_000_001, date(2021, 8, 10)), project(2)]));
    let (exceeded, short) =
        (said.find("Le droit de tirage est dépassé de 0,01 €.").unwrap(), said.find("dépasse de").unwrap());
    assert!(exceeded < short, "{said}");
    // By how much it is exceeded is not said twice.
    assert!(said.contains("dépasse de 8 800,00 € ce qui reste du droit de tirage"), "{said}");
    let alone = self::said(&pack(vec![project(1).accepted(10_000_001, date(2021, 8, 10))]));
    assert!(!alone.contains("ce qui reste du droit de tirage."), "{alone}");
}

#[test]
fn a_pack_reads_well() {
    let scores = FactValue::Scores([("equipe".to_owned(), 4), ("portage".to_owned(), 3)].into());
    let full = project(1)
        .text(FactName::ProjectTitle, "Un guichet pour tous")
        .text(FactName::ProjectSummary, "Un accueil <commun> à tous les services.")
        .fact(FactName::Theme, FactValue::Choices(["3".to_owned()].into()))
        .amount(FactName::TotalCost, 8_000_000)
        .date(FactName::ProjectStart, date(2021, 11, 2))
        .date(FactName::ProjectEnd, date(2022, 9, 30))
        .fact(FactName::TargetUsers, FactValue::Integer(54_000))
        .fact(FactName::AgentsTrained, FactValue::Integer(12))
        .fact(FactName::Scores, scores)
        .verdict("A3V1-10", RuleKind::Review, VerdictValue::ToReview, "Le taux est à confirmer.")
        .missing("A3V1-10", "Demander le plan de financement.");
    let funded = project(2)
        .filed("2021-05-03T08:00:00Z")
        .text(FactName::ProjectTitle, "Des agents formés")
        .accepted(3_000_000, date(2021, 8, 10))
        .amount(FactName::EngagedAmount, 2_500_000)
        .date(FactName::NotifiedOn, date(2021, 8, 20))
        .date(FactName::ProjectEnd, date(2021, 9, 20));
    let granted = ads(3).accepted(800_000, date(2021, 8, 12));
    let volet_2 = project(5).programme(Programme::Axe3V2).text(FactName::ProjectTitle, "Labo mobile");
    let pack = pack(vec![full, funded, granted, ads(6), retained(4, 1_200_000), volet_2]);
    insta::assert_snapshot!(said(&pack));
}

#[test]
fn what_was_decided_since_is_told_and_has_no_sheet() {
    let said = said(&pack(waited_then()));
    for expected in [
        "[En attente d’une décision : 4 dont 4 des thèmes 1 à 3, 2 décidés depuis]",
        "[Reste du droit de tirage : 100 000,00 € 31 400,00 € en attente]",
        "éligible / accepté depuis, le 05/10/2021 | 5 000,00 € | 91 200,00 € | 86 200,00 €",
        "éligible / refusé depuis, le 04/10/2021 | 8 800,00 € | 86 200,00 € | 77 400,00 €",
        "2 dossiers en instruction, éligibles, à décider. / 1, 4 | comité",
        "et n’a ni fiche ni ligne à remplir.",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(said.contains("## Dossier 1, ") && !said.contains("## Dossier 2, "), "{said}");
    let nobody = self::said(&pack(vec![project(1)]));
    assert!(!nobody.contains("depuis"), "{nobody}");
    let ads_alone = self::said(&pack(vec![ads(1)]));
    assert!(ads_alone.contains("dont aucun des thèmes 1 à 3"), "{ads_alone}");
}

#[test]
fn the_numbers_of_themes_stay_on_the_line_of_their_word() {
    let figures = document(&pack(vec![project(1)])).blocks.into_iter().find_map(|block| match block {
        Block::Figures(figures) => Some(figures),
        _ => None,
    });
    let details: Vec<String> = figures.unwrap().into_iter().filter_map(|figure| figure.detail).collect();
    assert!(details[0].ends_with("des thèmes\u{a0}1\u{a0}à\u{a0}3"), "{details:?}");
}

#[test]
fn a_calendar_that_begins_before_the_committee_is_remarked() {
    let of = |start, end, committee: Option<jiff::civil::Date>| {
        let dated = project(1).date(FactName::ProjectStart, start).date(FactName::ProjectEnd, end);
        let dated = match committee {
            Some(day) => dated.date(FactName::CommitteeDate, day),
            None => dated,
        };
        let said = said(&pack(vec![dated]));
        said.lines().find(|line| line.starts_with("Attention = ")).map(str::to_owned)
    };
    let (begun, over, next) = (date(2021, 8, 27), date(2021, 9, 20), date(2022, 6, 30));
    let told = |how: &str| {
        let eligible = "les dépenses ne sont éligibles qu’à partir de la date du comité";
        Some(format!("Attention = selon son calendrier, le projet est {how} ; {eligible}"))
    };
    assert_eq!(of(begun, next, None), told("commencé à la date d’arrêté, avant tout comité"));
    assert_eq!(of(begun, over, None), told("achevé à la date d’arrêté, avant tout comité"));
    assert_eq!(of(begun, next, Some(date(2021, 9, 10))), told("commencé avant le comité du 10/09/2021"));
    assert_eq!(of(begun, next, Some(begun)), None);
    assert_eq!(of(date(2021, 10, 4), next, None), None);
    assert_eq!(of(date(2021, 10, 4), next, Some(date(2021, 11, 9))), None, "that committee is still to come");
    let demat = ads(1).date(FactName::ProjectStart, begun);
    assert!(!said(&pack(vec![demat])).contains("Attention ="), "Démat.ADS admits what was spent before");
}

#[test]
fn what_is_to_be_looked_at_is_said_once_and_within_a_sentence() {
    let explained = "À vérifier (contrôle de la préfecture) : Serris est aussi ailleurs.";
    let doubtful = ads(1).verdict("ADS-08", RuleKind::Review, VerdictValue::ToReview, explained);
    let to_settle = |what: &str| {
        let what = what.to_owned();
        let missing = crate::domain::verdict::Missing {
            who: crate::domain::verdict::Who::Instructeur,
            what,
            fact: None,
            rule: "ADS-09".to_owned(),
        };
        move |judged: &mut crate::domain::subject::Judged| judged.evaluation.missing.push(missing)
    };
    let doubtful = doubtful
        .with(to_settle("À trancher : Une seule demande par centre instructeur."))
        .with(to_settle("À trancher : SIRET du demandeur."));
    let said = said(&pack(vec![doubtful]));
    assert!(said.contains(": à vérifier (contrôle de la préfecture) : Serris est aussi ailleurs."), "{said}");
    assert!(said.contains("À trancher : une seule demande par centre instructeur."), "{said}");
    assert!(said.contains("À trancher : SIRET du demandeur."), "{said}");
}

#[test]
fn a_pack_without_a_dossier_says_so_and_a_provisional_one_says_why() {
    let making = Making {
        drawn_up_at: "2021-08-12T08:00:00Z",
        provisional: &["le trimestre n’est pas fini"],
        ..Making::default()
    };
    let pack = making.pack(Vec::new());
    assert_eq!(file_stem(&pack), "comite-77-2021-T3-provisoire");
    let said = said(&pack);
    for expected in [
        "! le trimestre n’est pas fini",
        "PROVISOIRE, état au 12/08/2021",
        "Aucun à la date d’arrêté.",
        "Aucun dossier déposé dans le trimestre.",
        "Aucun dossier n’attend de décision.",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn each_dossier_that_waits_has_one_sheet_and_no_other_has() {
    let mut dossiers: Vec<Sample> = (1..=30).map(project).collect();
    dossiers.extend((31..=60).map(|number| project(number).accepted(10_000, date(2021, 8, 10))));
    let blocks = document(&pack(dossiers)).blocks;
    assert_eq!(blocks.iter().filter(|block| **block == Block::PageBreak).count(), 30);
    let levels =
        blocks.iter().filter_map(|block| if let Block::Heading { level, .. } = block { Some(*level) } else { None });
    let levels: Vec<u8> = levels.collect();
    assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "no level is left out: {levels:?}");
}

#[cfg(feature = "pdf")]
#[test]
fn the_same_pack_gives_the_same_bytes() {
    let write = || crate::reports::blocks::pdf::write(&document(&pack(vec![project(1)]))).unwrap();
    assert!(write() == write());
}
