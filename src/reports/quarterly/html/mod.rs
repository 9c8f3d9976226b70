//! The report as one page of HTML: no external resource, readable by screen readers, fit for print.

mod after;
mod chart;
mod credits;
mod dossiers;
mod review;

use std::io::Write;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::QuarterlyReport;
use crate::domain::instant::french_instant;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::printable;
use crate::reports::ReportError;
use crate::reports::cell::percent;
use crate::territory::{self, Region};

const STYLE: &str = include_str!("style.css");

/// Writes the page, UTF-8. The same report gives the same bytes.
///
/// # Errors
/// What keeps it from being written.
pub fn write(report: &QuarterlyReport, mut to: impl Write) -> Result<(), ReportError> {
    let page = html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.title()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (report.title()) }
                    p.standing.provisional[report.is_provisional()] { (report.standing()) }
                    p {
                        "Rapport trimestriel à la DITP, axe 3 de l’ITN 7, région " (report.region.name) ". Établi le "
                        (french_instant(report.drawn_up_at)) "."
                    }
                    @for sentence in &report.behind { p.alert { (sentence) } }
                    (contents(report))
                }
                main {
                    (figures(report))
                    @for section in &report.sections {
                        (credits::section(section, report))
                    }
                    (dossiers::activity(report))
                    (dossiers::projects(report))
                    (after::after(report))
                    (dossiers::support(report))
                    (dossiers::feedback(report))
                    (dossiers::attention(report))
                    (national_context(report.region))
                }
                footer {
                    p {
                        "Seuls comptent dans les sommes les dossiers acceptés à la date d’arrêté (commission et décision sur DS comprises), pour les montants qui sont saisis. "
                        "Les tableaux « Dossiers comptés » donnent les montants derrière chaque chiffre ; le classeur joint les reprend."
                    }
                }
            }
        }
    };
    Ok(to.write_all(printable(&page.into_string()).as_bytes())?)
}

/// The anchor of a section of credits.
fn anchor(programme: Programme) -> String {
    format!("credits-{programme}")
}

fn contents(report: &QuarterlyReport) -> Markup {
    html! {
        nav aria-label="Sommaire" {
            ul {
                @for section in &report.sections {
                    li { a href={ "#" (anchor(section.programme)) } { (section.title) } }
                }
                li { a href="#dossiers" { "Dossiers déposés" } }
                li { a href="#projets" { "Actions et projets des porteurs" } }
                li { a href="#suites" { "Après l’attribution" } }
                li { a href="#accompagnement" { "Accompagnement attendu" } }
                li { a href="#retours" { "Retours d’expérience" } }
                li { a href="#attention" { "Points d’attention" } }
                li { a href="#contexte" { "Contexte national" } }
            }
        }
    }
}

fn figures(report: &QuarterlyReport) -> Markup {
    let filed: usize = report.activities.iter().map(super::Activity::filed).sum();
    let in_quarter: usize = report.activities.iter().map(|activity| activity.filed_in_quarter).sum();
    html! {
        dl.figures {
            div {
                dt { "Dossiers déposés" }
                dd { (filed) small { "tous programmes, dont " (in_quarter) " ce trimestre ; " a href="#decompte" { "décompte" } } }
            }
            @for section in &report.sections {
                div {
                    dt { (section.title) " : accordé" }
                    dd {
                        (section.total.granted)
                        small {
                            @match section.total.right {
                                Some(right) => { (share(section.total.share())) " de " (right) },
                                None if section.programme == Programme::Axe3V1 => "droits de tirage non renseignés",
                                None => "enveloppe non renseignée",
                            }
                        }
                    }
                }
            }
        }
    }
}

/// In full, or a dash.
fn share(share: Option<rust_decimal::Decimal>) -> String {
    share.map_or_else(|| "–".to_owned(), percent)
}

fn money(amount: Option<Cents>) -> String {
    amount.map_or_else(|| "–".to_owned(), |amount| amount.to_string())
}

/// What the guide says of the part that is not filed on DS.
fn national_context(region: &Region) -> Markup {
    let axe1 = region.guide.map(|guide| guide.axe1).unwrap_or_default();
    html! {
        section aria-labelledby="contexte" {
            h2 id="contexte" { "Contexte national" }
            p {
                "L’axe 1 (co-construction, 30 M€) ne passe pas par demarches-simplifiees.fr. Sur la plateforme à idées de l’ANCT, 476 votes "
                "ont été recensés (276 pour les besoins, 200 pour les services), regroupés en 67 propositions."
                @if !axe1.is_empty() {
                    " Région " (region.name) " : " (axe1.iter().map(|(_, number)| number).sum::<u32>()) " besoins et services déposés ("
                    @for (at, (code, number)) in axe1.iter().enumerate() {
                        @if at > 0 { ", " }
                        (territory::departement(code).map_or(*code, |departement| departement.name)) " " (number)
                    }
                    ")."
                }
            }
            p {
                "L’ITN 7 est doté de 88 M€ pour les collectivités territoriales : 30 M€ pour l’axe 1, 24 M€ pour l’axe 2, 34 M€ pour l’axe 3 "
                "(30 M€ pour le volet 1, 4 M€ pour le volet 2)."
            }
        }
    }
}
