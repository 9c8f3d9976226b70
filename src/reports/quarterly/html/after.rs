//! After the grant: how far each project has come, and what is still to be done.

use jiff::civil::Date;
use maud::{Markup, html};

use crate::domain::instant::french_date;
use crate::reports::quarterly::{Laureate, QuarterlyReport};

pub(super) fn after(report: &QuarterlyReport) -> Markup {
    let is_of_the_guide = report.region.guide.is_some();
    html! {
        section aria-labelledby="suites" {
            h2 id="suites" { "Après l’attribution" }
            @if report.laureates.is_empty() {
                p { "Aucun projet lauréat à la date d’arrêté." }
            } @else {
                p {
                    "Projets des thèmes 1 à 3 et du volet 2."
                    @if is_of_the_guide {
                        " Tous leurs porteurs sont membres du club d’innovateurs, qui capitalise les méthodes et les résultats des deux volets."
                    }
                }
                (progress(&report.laureates))
                (list("Bilans d’activité à demander (projets achevés)", &report.laureates, |one| one.report_due))
                (list("Projets achevés à évaluer", &report.laureates, |one| one.evaluation_due))
                (list("Lauréats du trimestre à faire connaître", &report.laureates, |one| one.to_publish))
                @if is_of_the_guide {
                    p {
                        "L’évaluation suit la grille du niveau régional ; pour le volet 2, des indicateurs mesurent la pérennité des laboratoires, leur "
                        "ancrage institutionnel et leur visibilité. Les lauréats du volet 1 sont publiés sur le site de la préfecture de département et "
                        "sur celui de la préfecture de région, ceux du volet 2 sur ce dernier."
                    }
                }
            }
        }
    }
}

fn progress(laureates: &[Laureate]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Avancement des projets lauréats" {
            table {
                caption { "Avancement des projets lauréats" }
                thead {
                    tr {
                        @for heading in [
                            "Dossier", "Porteur", "Département", "Commission", "Notification", "Convention", "Paiement", "Fin du projet",
                            "Bilan d’activité", "Évaluation",
                        ] {
                            th scope="col" { (heading) }
                        }
                    }
                }
                tbody {
                    @for laureate in laureates { (row(laureate)) }
                }
            }
        }
    }
}

fn row(laureate: &Laureate) -> Markup {
    let Laureate { grant, report_due, evaluation_due, .. } = laureate;
    let days = &grant.days;
    html! {
        tr.apart[grant.apart.is_some()] {
            th scope="row" { a href=(grant.link) { (grant.number) } }
            td { (grant.beneficiary.as_deref().unwrap_or("nom inconnu")) }
            td {
                (grant.departement.as_deref().unwrap_or("à préciser"))
                @if let Some(apart) = grant.apart { br; small { (apart.label()) } }
            }
            @for date in [days.committee, days.notified, days.agreement, days.paid, days.end] {
                td { (day(date)) }
            }
            td { @if *report_due { "à demander" } @else { (day(days.report)) } }
            td { @if *evaluation_due { "à faire" } @else { (day(days.evaluated)) } }
        }
    }
}

fn day(date: Option<Date>) -> String {
    date.map_or_else(|| "–".to_owned(), french_date)
}

fn list(title: &str, laureates: &[Laureate], wanted: impl Fn(&Laureate) -> bool) -> Markup {
    let listed: Vec<&Laureate> = laureates.iter().filter(|laureate| wanted(laureate)).collect();
    html! {
        h3 { (title) }
        @if listed.is_empty() {
            p { "Aucun." }
        } @else {
            ul {
                @for Laureate { grant, .. } in listed {
                    li {
                        a href=(grant.link) { (grant.number) } ", "
                        (grant.beneficiary.as_deref().unwrap_or("nom inconnu"))
                        @if let Some(title) = &grant.title { " : " (title) }
                        @if let Some(apart) = grant.apart { " (" (apart.label()) ")" }
                    }
                }
            }
        }
    }
}
