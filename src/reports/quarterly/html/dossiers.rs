//! Dossiers filed, projects, what applicants expect and report, and what needs a person's attention.

use maud::{Markup, html};

use super::money;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::instant::french_date;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::quarterly::{Grant, QuarterlyReport, support_label};

/// Dossiers by their numbers.
fn named(numbers: &[DossierNumber]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

pub(super) fn activity(report: &QuarterlyReport) -> Markup {
    html! {
        section aria-labelledby="dossiers" {
            h2 id="dossiers" { "Dossiers déposés" }
            @if report.activities.is_empty() {
                p { "Aucun dossier déposé à la date d’arrêté." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Dossiers par programme et par état" {
                    table {
                        caption { "Dossiers par programme, état et avis des règles" }
                        thead {
                            tr {
                                th scope="col" { "Programme" }
                                th.number scope="col" { "Déposés avant" }
                                th.number scope="col" { "Ce trimestre" }
                                th.number scope="col" { "Ensemble" }
                                @for state in &DossierState::KNOWN { th.number scope="col" { (state.label()) } }
                                th.number scope="col" { "autre état" }
                                @for status in Status::ALL { th.number scope="col" { (status.label()) } }
                            }
                        }
                        tbody {
                            @for activity in &report.activities {
                                tr {
                                    th scope="row" { (activity.programme.label()) }
                                    td.number { (activity.filed_before) }
                                    td.number { (activity.filed_in_quarter) }
                                    td.number { (activity.filed()) }
                                    @for count in activity.states.known { td.number { (count) } }
                                    td.number { (activity.states.other) }
                                    @for count in activity.by_status { td.number { (count) } }
                                }
                            }
                        }
                    }
                }
            }
            (reckonings(report))
            @if !report.decided_later.is_empty() {
                p.alert {
                    (counted(report.decided_later.len(), "dossier accepté", "dossiers acceptés")) " dont la commission ou la décision sur DS est postérieure à la date d’arrêté : hors sommes ("
                    (named(&report.decided_later.iter().map(|(_, number)| *number).collect::<Vec<_>>())) ")."
                }
            }
            @if report.known_later > 0 {
                p.alert {
                    (counted(report.known_later, "dossier lu", "dossiers lus")) " pour la première fois après la date d’arrêté : l’état montré est celui de cette lecture."
                }
            }
        }
    }
}

/// How every count of dossiers in the report follows from the others.
fn reckonings(report: &QuarterlyReport) -> Markup {
    let number = |number: Option<usize>| number.map_or_else(|| "–".to_owned(), |number| number.to_string());
    html! {
        div.scroll id="decompte" tabindex="0" role="region" aria-label="Décompte des dossiers" {
            table {
                caption { "Décompte des dossiers : des dépôts aux demandes que comptent les crédits" }
                thead {
                    tr {
                        th scope="col" { "Programme" }
                        th.number scope="col" { "Déposés à la date d’arrêté" }
                        th.number scope="col" { "− retirés de DS, non acceptés" }
                        th.number scope="col" { "− écartés par un agent" }
                        th.number scope="col" { "− illisibles" }
                        th.number scope="col" { "= dossiers du rapport" }
                        th.number scope="col" { "− hors du périmètre des crédits, ou lieu à préciser" }
                        th.number scope="col" { "= demandes comptées" }
                    }
                }
                tbody {
                    @for reckoning in &report.reckonings {
                        tr {
                            th scope="row" { (reckoning.programme.map_or("Ensemble", Programme::label)) }
                            @let count = reckoning.count;
                            @for number in [count.filed(), count.removed, count.excluded, count.unreadable, count.shown] {
                                td.number { (number) }
                            }
                            td.number { (number(reckoning.apart)) }
                            td.number { (number(reckoning.requests())) }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn projects(report: &QuarterlyReport) -> Markup {
    let projects: Vec<&Grant> = report
        .sections
        .iter()
        .filter(|section| section.programme != Programme::Axe3V1Ads)
        .flat_map(|section| &section.grants)
        .collect();
    html! {
        section aria-labelledby="projets" {
            h2 id="projets" { "Actions et projets des porteurs" }
            @if projects.is_empty() {
                p { "Aucun projet accepté à la date d’arrêté." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Projets acceptés" {
                    table {
                        caption { "Projets acceptés" }
                        thead {
                            tr {
                                th scope="col" { "Dossier" }
                                th scope="col" { "Porteur" }
                                th scope="col" { "Projet" }
                                th scope="col" { "Programme" }
                                th scope="col" { "Thème" }
                                th.number scope="col" { "Accordé" }
                            }
                        }
                        tbody {
                            @for grant in projects {
                                tr.apart[grant.apart.is_some()] {
                                    th scope="row" { (grant.number) }
                                    td { (grant.beneficiary.as_deref().unwrap_or("nom inconnu")) }
                                    td {
                                        (grant.title.as_deref().unwrap_or("sans titre"))
                                        @if let Some(summary) = &grant.summary { br; small { (summary) } }
                                    }
                                    td { (grant.programme.label()) }
                                    td { (grant.theme.as_deref().unwrap_or("–")) }
                                    td.number { (money(grant.granted)) @if let Some(apart) = grant.apart { br; small { (apart.label()) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn support(report: &QuarterlyReport) -> Markup {
    html! {
        section aria-labelledby="accompagnement" {
            h2 id="accompagnement" { "Accompagnement attendu" }
            @if report.support.is_empty() {
                p { "Aucun demandeur n’a fait connaître d’attente." }
            } @else {
                table {
                    caption { "Attentes des " (report.support.len()) " demandeurs qui en ont exprimé" }
                    thead { tr { th scope="col" { "Accompagnement" } th.number scope="col" { "Dossiers" } th scope="col" { "Numéros" } } }
                    tbody {
                        @for (code, dossiers) in report.support_by_kind() {
                            tr {
                                th scope="row" { (support_label(code)) }
                                td.number { (dossiers.len()) }
                                td { @for (at, one) in dossiers.iter().enumerate() { @if at > 0 { ", " } (one.number) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn feedback(report: &QuarterlyReport) -> Markup {
    html! {
        section aria-labelledby="retours" {
            h2 id="retours" { "Retours d’expérience" }
            @if report.feedback.is_empty() {
                p { "Aucun retour n’est enregistré." }
            }
            @for feedback in &report.feedback {
                h3 { (feedback.beneficiary.as_deref().unwrap_or("nom inconnu")) ", dossier " (feedback.number) }
                blockquote { (feedback.text) }
            }
        }
    }
}

pub(super) fn attention(report: &QuarterlyReport) -> Markup {
    let without: Vec<&Grant> = report.without_amount().collect();
    html! {
        section aria-labelledby="attention" {
            h2 id="attention" { "Points d’attention" }
            h3 { "Attributions sans montant" }
            @if without.is_empty() {
                p { "Tous les dossiers acceptés ont un montant accordé." }
            } @else {
                p { "Acceptés sur demarches-simplifiees.fr, sans montant accordé saisi : ils ne sont pas dans la somme de ce qui est accordé." }
                ul {
                    @for grant in without {
                        li {
                            a href=(grant.link) { (grant.number) } ", "
                            (grant.beneficiary.as_deref().unwrap_or("nom inconnu")) " (" (grant.programme.label()) ")"
                            @if let Some(apart) = grant.apart { ", " (apart.label()) }
                        }
                    }
                }
            }
            @if !report.removed_grants.is_empty() {
                h3 { "Dossiers acceptés que demarches-simplifiees.fr ne montre plus" }
                p { "Ils restent dans les sommes et les droits de tirage jusqu’à ce qu’un agent les écarte." }
                ul {
                    @for grant in &report.removed_grants {
                        li {
                            (grant.number) ", " (grant.beneficiary.as_deref().unwrap_or("nom inconnu"))
                            " (" (grant.programme.label()) ") : " (grant.reason.label()) ", retiré de DS le " (french_date(grant.since))
                        }
                    }
                }
            }
            @if !report.unreadable.is_empty() {
                h3 { "Dossiers illisibles" }
                p { "Leur contenu enregistré ne peut plus être lu : ils ne comptent dans aucune somme." }
                ul {
                    @for unreadable in &report.unreadable {
                        li { (unreadable.number) " (" (unreadable.programme.label()) ")" }
                    }
                }
            }
            h3 { "Contrôles des décisions" }
            @if report.breaches.is_empty() {
                p { "Aucun écart relevé." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Écarts relevés par les contrôles" {
                    table {
                        caption { "Écarts relevés et contrôles à vérifier" }
                        thead {
                            tr {
                                th scope="col" { "Dossier" }
                                th scope="col" { "Bénéficiaire" }
                                th scope="col" { "Règle" }
                                th scope="col" { "Avis" }
                                th scope="col" { "Explication" }
                            }
                        }
                        tbody {
                            @for breach in &report.breaches {
                                tr {
                                    th scope="row" { (breach.number) }
                                    td { (breach.beneficiary.as_deref().unwrap_or("nom inconnu")) }
                                    td { (breach.rule) }
                                    td { (breach.verdict.label()) }
                                    td { (breach.explanation) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
