//! The connections of the schema: a page and its ways of being read.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;

use super::connection::Page;
use super::cursor::encode;
use super::dossier::DossierObject;
use super::failure::Failure;
use super::record::{Record, Resolved, objects, or_null};
use super::view::View;
use crate::sandbox::world::{Procedure, SortKey};

/// A page of dossiers, or of removed ones. A window that cannot be shown fails in each field that needs the page, as on
/// the server, not in the connection itself.
pub struct Pages<'w> {
    /// What the ranks stand for.
    pub kind: PagesKind<'w>,
    /// The page.
    pub page: Result<Page, Failure>,
}

/// What the ranks of a page stand for.
pub enum PagesKind<'w> {
    /// Dossiers of a démarche.
    Dossiers {
        /// What the resolvers share.
        view: View<'w>,
        /// The démarche.
        procedure: &'w Procedure,
    },
    /// Removed dossiers.
    Removed(Box<dyn Fn(SortKey) -> Option<Record> + 'w>),
}

impl PagesKind<'_> {
    fn node(&self, rank: SortKey) -> ResolvedValue<'_> {
        match self {
            Self::Dossiers { view, procedure } => {
                ResolvedValue::nullable_object(view.world.dossier(rank.1).map(|dossier| DossierObject {
                    view: *view,
                    dossier,
                    procedure,
                }))
            }
            Self::Removed(read) => ResolvedValue::nullable_object(read(rank)),
        }
    }
}

impl ObjectValue for Pages<'_> {
    fn type_name(&self) -> &'static str {
        match self.kind {
            PagesKind::Dossiers { .. } => "DossierConnection",
            PagesKind::Removed(_) => "DeletedDossierConnection",
        }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let ranks = || self.page.as_ref().map(|page| page.ranks.as_slice()).map_err(Clone::clone);
        match info.field_name() {
            "nodes" => Ok(ResolvedValue::list(ranks()?.iter().map(|rank| self.kind.node(*rank)))),
            "edges" => {
                let ranks = ranks()?.iter();
                Ok(objects(ranks.map(|rank| Edge { kind: &self.kind, rank: *rank })))
            }
            "pageInfo" => Ok(ResolvedValue::object(PageInfo(&self.page))),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct Edge<'w> {
    kind: &'w PagesKind<'w>,
    rank: SortKey,
}

impl ObjectValue for Edge<'_> {
    fn type_name(&self) -> &'static str {
        match self.kind {
            PagesKind::Dossiers { .. } => "DossierEdge",
            PagesKind::Removed(_) => "DeletedDossierEdge",
        }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "cursor" => Ok(ResolvedValue::leaf(encode(self.rank))),
            "node" => Ok(self.kind.node(self.rank)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct PageInfo<'w>(&'w Result<Page, Failure>);

impl ObjectValue for PageInfo<'_> {
    fn type_name(&self) -> &'static str {
        "PageInfo"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let page = self.0.as_ref().map_err(Clone::clone)?;
        let cursor = |rank: Option<&SortKey>| or_null(rank.map(|rank| encode(*rank)));
        Ok(ResolvedValue::Leaf(match info.field_name() {
            "startCursor" => cursor(page.ranks.first()),
            "endCursor" => cursor(page.ranks.last()),
            "hasNextPage" => JsonValue::Bool(page.has_next),
            "hasPreviousPage" => JsonValue::Bool(page.has_previous),
            _ => return Err(self.unknown_field_error(info)),
        }))
    }
}
