//! What the pages in front say: in all numbers, and when nothing is known.

use super::*;

/// The first paragraph.
fn essential(report: &QuarterlyReport) -> String {
    let page = said(report);
    let (_, rest) = page.split_once("# L’essentiel\n\n").unwrap();
    rest.split_once('\n').unwrap().0.to_owned()
}

fn subjects(report: &QuarterlyReport) -> Vec<&'static str> {
    points(report).iter().map(|point| point.subject).collect()
}

#[test]
fn nothing_is_said_in_proper_sentences() {
    assert_eq!(
        essential(&report(Vec::new())),
        "Au 3ᵉ trimestre 2021, aucun dossier n’est connu. 0,0 % des droits de tirage des départements (2 079 000 €) et \
         0,0 % de l’enveloppe du volet 2 (200 000 €) sont accordés ; il en reste 2 279 000 €. Rien n’est encore engagé ni payé. Aucun point n’appelle de \
         décision."
    );
}

#[test]
fn one_of_each_is_said_in_the_singular() {
    let one = project(1).accepted(100, date(2021, 8, 10)).amount(FactName::EngagedAmount, 100);
    assert_eq!(
        essential(&report(vec![one])),
        "Au 3ᵉ trimestre 2021, 1 dossier a été déposé (aucun au trimestre précédent) ; depuis l’ouverture du fonds, 1 l’a été, tous \
         programmes. 1 € a été accordé dans le trimestre (rien au trimestre précédent), ce qui porte le total à 1 € pour 1 attribution. 0,0 % \
         des droits de tirage des départements (2 079 000 €) et 0,0 % de l’enveloppe du volet 2 (200 000 €) sont accordés ; il en reste \
         2 278 999 €. 1 € est engagé (en entier dans le trimestre) ; rien n’est encore payé. Aucun point n’appelle de décision."
    );
}

#[test]
fn several_are_said_in_the_plural_with_what_moved() {
    let report = report(vec![
        project(1).accepted(30_000_000, date(2021, 8, 10)).amount(FactName::EngagedAmount, 1_200_000),
        project(2)
            .filed("2021-05-03T08:00:00Z")
            .accepted(500_000, date(2021, 6, 10))
            .amount(FactName::EngagedAmount, 500_000)
            .amount(FactName::PaidAmount, 400_000)
            .date(FactName::PaidOn, date(2021, 6, 20)),
        project(3).state(DossierState::Accepte),
        project(4).state(DossierState::Accepte),
        project(5).verdict("A3V1-10", Control, NotMet, "Au-delà du maximum."),
        dossier(6).accepted(880_000, date(2021, 8, 10)).removed(RemovalReason::Deleted),
    ]);
    assert_eq!(
        essential(&report),
        "Au 3ᵉ trimestre 2021, 5 dossiers ont été déposés (1 au trimestre précédent) ; depuis l’ouverture du fonds, 6 l’ont été, tous \
         programmes. 308 800 € ont été accordés dans le trimestre (303 800 € de plus qu’au trimestre précédent), ce qui porte le total à \
         313 800 € pour 3 attributions ; 2 attributions n’ont pas de montant connu, c’est donc un minimum. 14,7 % des droits \
         de tirage des départements (2 079 000 €) et 0,0 % de l’enveloppe du volet 2 (200 000 €) sont accordés ; il en reste 1 982 000 €, et 8 000 € sont accordés au-delà. 17 000 € sont \
         engagés (dont 12 000 € dans le trimestre) et 4 000 € sont payés. 5 points appellent une décision : droit de tirage dépassé, \
         réallocation entre départements, écarts relevés par les contrôles et 2 autres."
    );
    assert_eq!(
        subjects(&report)[3..],
        ["attributions sans montant", "dossiers acceptés retirés de DS"],
        "what is most pressing comes first"
    );
}

#[test]
fn less_than_before_and_nothing_now_are_told_apart() {
    let less =
        report(vec![project(1).accepted(300_000, date(2021, 8, 10)), project(2).accepted(500_000, date(2021, 6, 10))]);
    assert!(
        essential(&less)
            .contains("3 000 € ont été accordés dans le trimestre (2 000 € de moins qu’au trimestre précédent)")
    );
    let nothing = report(vec![project(1).accepted(300_000, date(2021, 5, 10))]);
    assert!(
        essential(&nothing)
            .contains("Rien n’a été accordé dans le trimestre (3 000 € de moins qu’au trimestre précédent), le total reste à 3 000 € pour 1 attribution.")
    );
    let early = report_at("2021-09-20T08:00:00Z", vec![project(1)]);
    assert!(essential(&early).starts_with("Depuis le début du 3ᵉ trimestre 2021, 1 dossier a été déposé"));
}

#[test]
fn each_point_names_who_is_to_act() {
    let ended = |sample: Sample| {
        sample.date(FactName::ProjectEnd, date(2021, 9, 1)).date(FactName::CommitteeDate, date(2021, 5, 1))
    };
    let report = report(vec![
        ended(project(1).accepted(100, date(2021, 5, 1))),
        ended(project(2).programme(Axe3V2).accepted(20_000_001, date(2021, 5, 1))),
        project(3).programme(Axe3V2).state(DossierState::Accepte),
        places(project(4), &["77", "78"]).accepted(200, date(2021, 8, 10)),
        project(5).verdict("A3V1-12", Control, ToReview, "À voir."),
        // 92 days for 200 000 €: the rest is gone within the next quarter.
        project(6)
            .departement(Some("92"))
            .with(|judged| judged.subject.applicant.siret = None)
            .accepted(20_000_000, date(2021, 8, 10)),
    ]);
    let points = points(&report);
    let told: Vec<(&str, &str)> = points.iter().map(|point| (point.subject, point.who.as_str())).collect();
    assert_eq!(
        told,
        [
            ("enveloppe dépassée", "préfecture de région"),
            ("droit de tirage bientôt épuisé", "préfectures de département (92) et de région"),
            ("attributions sans montant", "préfecture de région"),
            ("lieu à préciser", "préfectures de département"),
            ("suites des projets achevés", "préfectures de département (93) et de région"),
            ("contrôles à vérifier", "préfecture de département (93)"),
        ]
    );
}

#[test]
fn the_front_has_whole_euros_and_the_annexes_cents() {
    let report = report(vec![project(1).accepted(1_234_567, date(2021, 8, 10))]);
    let page = said(&report);
    let (front, annexes) = page.split_once("\n-----\n").unwrap();
    assert!(front.contains("12 346 €") && !front.contains("12 345,67 €"), "{front}");
    assert!(annexes.contains("12 345,67 €"), "{annexes}");
}

#[test]
fn the_commentary_stands_in_front_of_the_signature() {
    let without = report(Vec::new());
    assert!(!said(&without).contains("Commentaire"));
    let commentary = Commentary::read("Un **bon** trimestre.\n\n- un\n- deux".as_bytes()).unwrap();
    let page = said(&QuarterlyReport { commentary: Some(commentary), ..without });
    let (_, rest) = page.split_once("# Commentaire de la préfecture\n").unwrap();
    assert!(rest.starts_with("\nUn **bon** trimestre.\n- un\n- deux\n\nFait à Paris, le ………………\n"), "{rest}");
}

#[test]
fn dossiers_of_axe_2_are_counted_and_their_credits_are_said_to_lie_elsewhere() {
    let axe_2 = |number| project(number).programme(Programme::Axe2V4);
    let report = report(vec![
        project(1),
        axe_2(2).accepted(12_345, date(2021, 8, 10)),
        axe_2(3).state(DossierState::Accepte),
        axe_2(4).removed(RemovalReason::Deleted),
    ]);
    let page = said(&report);
    let dossiers = "3 l’ont été, dont 2 de l’axe 2, dont les crédits ne sont pas ceux de ce rapport.";
    assert!(essential(&report).contains(dossiers), "{}", essential(&report));
    assert!(page.contains("1 dossier accepté (dont 1 de l’axe 2) sans montant accordé"), "{page}");
    assert!(page.contains("Axe 2 : 2 dossiers acceptés pour 123,45 €, 1 sans montant."), "{page}");
    assert_eq!(report.sections.iter().map(|section| section.total.granted).sum::<Cents>(), Cents::ZERO);
}

#[test]
fn on_axe_2_no_prefecture_is_to_act() {
    let axe_2 = |number| project(number).programme(Programme::Axe2V1).departement(Some("78"));
    let broken = |sample: Sample| sample.verdict("A2-05", Control, NotMet, "Acceptée malgré une règle.");
    let who = |dossiers: Vec<Sample>, subject: &str| {
        let points = points(&report(dossiers));
        points.into_iter().find(|point| point.subject == subject).unwrap().who
    };
    let nation = "échelon national (DINUM, DITP) pour l’axe 2";
    assert_eq!(who(vec![broken(axe_2(1))], "écarts relevés par les contrôles"), nation);
    let both = vec![broken(axe_2(1)), broken(project(2)), broken(project(3).programme(Axe3V2))];
    let all = format!("préfectures de département (93) et de région ; {nation}");
    assert_eq!(who(both, "écarts relevés par les contrôles"), all);
    let without = vec![axe_2(1).state(DossierState::Accepte), project(2).state(DossierState::Accepte)];
    assert_eq!(who(without, "attributions sans montant"), format!("préfecture de département (93) ; {nation}"));
    let removed = vec![axe_2(1).state(DossierState::Accepte).removed(RemovalReason::Deleted)];
    assert_eq!(who(removed, "dossiers acceptés retirés de DS"), nation);
}

#[test]
fn what_leaves_demat_ads_out_says_so() {
    let page = said(&report(vec![dossier(1).accepted(1_600_000, date(2021, 8, 10))]));
    assert!(page.contains("16 000 € ont été accordés dans le trimestre"), "{page}");
    assert!(page.contains("Hors Démat.ADS, aucun projet accepté à la date d’arrêté."), "{page}");
    assert!(page.contains("Hors Démat.ADS, aucun projet lauréat à la date d’arrêté."), "{page}");
    assert!(page.contains("ce jour-là, rien n’était accordé sur 2 079 000,00 €."), "{page}");
}
