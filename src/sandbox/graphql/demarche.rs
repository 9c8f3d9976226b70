//! The entry points, démarches, their forms, and their three lists.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::{JsonMap, JsonValue};

use super::champ::Descriptor;
use super::connection::{Window, page};
use super::dossier::{DossierObject, deleted, pending};
use super::failure::Failure;
use super::pages::{Pages, PagesKind};
use super::record::{Record, Resolved, datetime, objects, or_null, typed_id};
use super::time::parse_instant;
use super::view::View;
use crate::sandbox::world::{Dossier, Field, Group, Procedure};

/// The root of every query.
#[derive(Debug)]
pub struct Query<'w>(pub View<'w>);

impl<'w> Query<'w> {
    fn demarche(&self, number: i64) -> Result<&'w Procedure, Failure> {
        let world = self.0.world;
        let found = world.procedure(number).filter(|procedure| !procedure.discarded);
        let found = found.ok_or(Failure::NotFound("Demarche"))?;
        if world.access.out_of_scope.contains(&number) {
            return Err(Failure::Unauthorized("Demarche"));
        }
        Ok(found)
    }

    fn dossier(&self, number: i64) -> Result<DossierObject<'w>, Failure> {
        let world = self.0.world;
        let dossier = world.dossier(number).filter(|dossier| dossier.is_visible());
        let dossier = dossier.ok_or(Failure::NotFound("Dossier"))?;
        let procedure = world.procedure(dossier.procedure).filter(|procedure| !procedure.discarded);
        let procedure = procedure.ok_or(Failure::NotFound("Dossier"))?;
        if world.access.out_of_scope.contains(&procedure.number) {
            return Err(Failure::Unauthorized("Dossier"));
        }
        Ok(DossierObject { view: self.0, dossier, procedure })
    }
}

impl ObjectValue for Query<'_> {
    fn type_name(&self) -> &'static str {
        "Query"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let number = info.arguments().get("number").and_then(JsonValue::as_i64).unwrap_or_default();
        match info.field_name() {
            "demarche" => Ok(ResolvedValue::object(Demarche { view: self.0, procedure: self.demarche(number)? })),
            "dossier" => Ok(ResolvedValue::object(self.dossier(number)?)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct Demarche<'w> {
    view: View<'w>,
    procedure: &'w Procedure,
}

impl<'w> Demarche<'w> {
    fn dossiers(&self, arguments: &JsonMap) -> Pages<'w> {
        let (view, procedure) = (self.view, self.procedure);
        let instant = |name| argument(arguments, name).and_then(parse_instant);
        let state = argument(arguments, "state").map(str::to_owned);
        let archived = arguments.get("archived").and_then(JsonValue::as_bool);
        // `updatedSince` changes the order, and `createdSince` is then ignored (API facts, 3.1).
        let (order, since) = match instant("updatedSince") {
            Some(since) => (&procedure.by_update, Some(since)),
            None => (&procedure.by_deposit, instant("createdSince")),
        };
        let keep = |dossier: &Dossier| {
            state.as_deref().is_none_or(|state| dossier.state.code() == state)
                && archived.is_none_or(|archived| dossier.archived == archived)
        };
        let page = page(order, &Window::from_arguments(arguments), since, |(_, number)| {
            view.world.dossier(number).is_some_and(keep)
        });
        Pages { kind: PagesKind::Dossiers { view, procedure }, page }
    }

    fn deleted(&self, arguments: &JsonMap) -> Pages<'w> {
        let since = argument(arguments, "deletedSince").and_then(parse_instant);
        let page = page(&self.procedure.deleted, &Window::from_arguments(arguments), since, |_| true);
        Pages { kind: PagesKind::Removed(Box::new(|rank| self.procedure.deleted.get(&rank).map(deleted))), page }
    }

    fn pending(&self, arguments: &JsonMap) -> Pages<'w> {
        let world = self.view.world;
        let since = argument(arguments, "deletedSince").and_then(parse_instant);
        // Either hiding counts, whichever the order goes by (API facts, 3.7).
        let keep = |dossier: &Dossier| {
            let hidings = [dossier.hidden_by_user, dossier.hidden_by_administration.as_ref().map(|hiding| hiding.at)];
            since.is_none_or(|since| hidings.into_iter().flatten().any(|at| at >= since))
        };
        let page = page(&self.procedure.pending, &Window::from_arguments(arguments), None, |(_, number)| {
            world.dossier(number).is_some_and(keep)
        });
        Pages { kind: PagesKind::Removed(Box::new(move |(_, number)| world.dossier(number).and_then(pending))), page }
    }
}

fn argument<'a>(arguments: &'a JsonMap, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(|value| value.as_str())
}

impl ObjectValue for Demarche<'_> {
    fn type_name(&self) -> &'static str {
        "Demarche"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let procedure = self.procedure;
        Ok(match info.field_name() {
            "id" => ResolvedValue::leaf(typed_id("Procedure", procedure.number)),
            "number" => ResolvedValue::leaf(procedure.number),
            "title" => ResolvedValue::leaf(procedure.title.as_str()),
            "state" => ResolvedValue::leaf("publiee"),
            "declarative" | "dateFermeture" => ResolvedValue::null(),
            "dateCreation" | "datePublication" => ResolvedValue::Leaf(datetime(procedure.created_at)),
            "dateDerniereModification" => ResolvedValue::Leaf(datetime(procedure.revised_at)),
            "activeRevision" | "publishedRevision" => ResolvedValue::object(Revision(self.view, procedure)),
            "dossiers" => ResolvedValue::object(self.dossiers(info.arguments())),
            "deletedDossiers" => ResolvedValue::object(self.deleted(info.arguments())),
            "pendingDeletedDossiers" => ResolvedValue::object(self.pending(info.arguments())),
            "groupeInstructeurs" => objects(procedure.groups.iter().map(group)),
            "labels" => {
                let named = procedure.labels.iter().enumerate();
                objects(named.map(move |(index, named)| label(procedure.number, index, named)))
            }
            "service" => ResolvedValue::object(service(procedure.number)),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// What a dossier says of its démarche.
#[derive(Debug)]
pub struct DemarcheDescriptor<'w>(pub View<'w>, pub &'w Procedure);

impl ObjectValue for DemarcheDescriptor<'_> {
    fn type_name(&self) -> &'static str {
        "DemarcheDescriptor"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self(view, procedure) = *self;
        Ok(match info.field_name() {
            "id" => ResolvedValue::leaf(typed_id("Procedure", procedure.number)),
            "number" => ResolvedValue::leaf(procedure.number),
            "title" => ResolvedValue::leaf(procedure.title.as_str()),
            "state" => ResolvedValue::leaf("publiee"),
            "dateCreation" => ResolvedValue::Leaf(datetime(procedure.created_at)),
            "revision" => ResolvedValue::object(Revision(view, procedure)),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

struct Revision<'w>(View<'w>, &'w Procedure);

impl ObjectValue for Revision<'_> {
    fn type_name(&self) -> &'static str {
        "Revision"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self(view, procedure) = *self;
        let descriptors = |fields: &'a [Field]| Ok(objects(fields.iter().map(move |field| Descriptor(view, field))));
        match info.field_name() {
            "id" => {
                let number = format_args!("{}{:02}", procedure.number, procedure.revision).to_string();
                Ok(ResolvedValue::leaf(typed_id("ProcedureRevision", number)))
            }
            "dateCreation" | "datePublication" => Ok(ResolvedValue::Leaf(datetime(procedure.revised_at))),
            "champDescriptors" => descriptors(&procedure.champs),
            "annotationDescriptors" => descriptors(&procedure.annotations),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// A group of instructors.
#[must_use]
pub fn group(group: &Group) -> Record {
    Record::new(
        "GroupeInstructeur",
        [
            ("id", typed_id("GroupeInstructeur", group.number).into()),
            ("number", group.number.into()),
            ("label", group.label.as_str().into()),
            ("closed", false.into()),
        ],
    )
}

/// A label of a démarche.
#[must_use]
pub fn label(procedure: i64, index: usize, (name, color): &(String, &'static str)) -> Record {
    Record::new(
        "Label",
        [
            ("id", typed_id("Label", format_args!("{procedure}{index:02}")).into()),
            ("name", name.as_str().into()),
            ("color", (*color).into()),
        ],
    )
}

fn service(procedure: i64) -> Record {
    Record::new(
        "Service",
        [
            ("id", typed_id("Service", procedure).into()),
            ("nom", "Mission transformation numérique (démonstration)".into()),
            ("organisme", "Préfecture de la région d’Île-de-France (démonstration)".into()),
            ("typeOrganisme", "service_deconcentre_de_l_etat".into()),
            ("siret", or_null(None::<&str>)),
        ],
    )
}
