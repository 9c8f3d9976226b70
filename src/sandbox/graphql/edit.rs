//! The schema without some of its parts, as DS takes parts away (API facts, 7).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use apollo_compiler::ast::{Definition, Document, FieldDefinition, Type};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};

use super::SCHEMA;

/// A part of the schema: `AddressChamp`, `Dossier.motivation`, `DossierState.sans_suite`, `Demarche.dossiers(first)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaPart {
    owner: String,
    member: Option<String>,
    argument: Option<String>,
}

impl FromStr for SchemaPart {
    type Err = BadPart;

    fn from_str(text: &str) -> Result<Self, BadPart> {
        let bad = || BadPart(text.to_owned());
        let (path, argument) = match text.split_once('(') {
            Some((path, rest)) => (path, Some(rest.strip_suffix(')').ok_or_else(bad)?)),
            None => (text, None),
        };
        let (owner, member) = match path.split_once('.') {
            Some((owner, member)) => (owner, Some(member)),
            None => (path, None),
        };
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let names = [Some(owner), member, argument];
        if !names.into_iter().flatten().all(is_name) || (argument.is_some() && member.is_none()) {
            return Err(bad());
        }
        let [member, argument] = [member, argument].map(|name| name.map(str::to_owned));
        let part = Self { owner: owner.to_owned(), member, argument };
        without(std::slice::from_ref(&part)).map(|_| part)
    }
}

impl fmt::Display for SchemaPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.owner)?;
        self.member.as_ref().map_or(Ok(()), |member| write!(f, ".{member}"))?;
        self.argument.as_ref().map_or(Ok(()), |argument| write!(f, "({argument})"))
    }
}

/// Not a part that the schema has and can be without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPart(String);

impl fmt::Display for BadPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "« {} » n’est pas une partie du schéma qui puisse manquer seule ; écrivez TYPE, TYPE.CHAMP, ENUM.VALEUR ou TYPE.CHAMP(ARGUMENT)",
            self.0
        )
    }
}

impl std::error::Error for BadPart {}

/// The schema without some parts, and without what cannot be there without them: fields of a type that is gone, types that
/// have no field left.
///
/// # Errors
/// [`BadPart`]: there is no such part, or what is left is no schema.
pub fn without(parts: &[SchemaPart]) -> Result<Valid<Schema>, BadPart> {
    let mut document = Document::parse(SCHEMA, "schema.graphql").map_err(|broken| BadPart(broken.to_string()))?;
    for part in parts {
        let before = document.clone();
        take_away(&mut document, part);
        if document == before {
            return Err(BadPart(part.to_string()));
        }
    }
    while tidy(&mut document) {}
    let named = || BadPart(parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    document.to_schema_validate().map_err(|_| named())
}

fn take_away(document: &mut Document, part: &SchemaPart) {
    let SchemaPart { owner, member, argument } = part;
    let Some(member) = member else {
        document.definitions.retain(|definition| definition.name().is_none_or(|name| name != owner.as_str()));
        return;
    };
    for definition in &mut document.definitions {
        match definition {
            Definition::EnumTypeDefinition(found) if found.name == owner.as_str() => {
                found.make_mut().values.retain(|value| value.value != member.as_str());
            }
            Definition::InterfaceTypeDefinition(found) if found.name == owner.as_str() => {
                take_field(&mut found.make_mut().fields, member, argument.as_deref());
            }
            // A field that is taken from an interface goes from every type that implements it.
            Definition::ObjectTypeDefinition(found)
                if found.name == owner.as_str()
                    || found.implements_interfaces.iter().any(|name| name == owner.as_str()) =>
            {
                take_field(&mut found.make_mut().fields, member, argument.as_deref());
            }
            _ => {}
        }
    }
}

fn take_field(fields: &mut Vec<Node<FieldDefinition>>, member: &str, argument: Option<&str>) {
    match argument {
        None => fields.retain(|field| field.name != member),
        Some(argument) => {
            for field in fields.iter_mut().filter(|field| field.name == member) {
                field.make_mut().arguments.retain(|found| found.name != argument);
            }
        }
    }
}

/// Takes away what names a type that is not there, and types without fields; whether there was any.
fn tidy(document: &mut Document) -> bool {
    let built_in = ["Int", "Float", "String", "Boolean", "ID"];
    let defined = document.definitions.iter().filter_map(Definition::name).map(ToString::to_string);
    let known: BTreeSet<String> = built_in.into_iter().map(str::to_owned).chain(defined).collect();
    let before = document.clone();
    let is_known = |ty: &Type| known.contains(ty.inner_named_type().as_str());
    let prune = |fields: &mut Vec<Node<FieldDefinition>>| {
        fields.retain(|field| is_known(&field.ty));
        for field in fields {
            field.make_mut().arguments.retain(|argument| is_known(&argument.ty));
        }
    };
    document.definitions.retain_mut(|definition| match definition {
        Definition::ObjectTypeDefinition(found) => {
            let found = found.make_mut();
            found.implements_interfaces.retain(|name| known.contains(name.as_str()));
            prune(&mut found.fields);
            !found.fields.is_empty()
        }
        Definition::InterfaceTypeDefinition(found) => {
            let found = found.make_mut();
            prune(&mut found.fields);
            !found.fields.is_empty()
        }
        Definition::EnumTypeDefinition(found) => !found.values.is_empty(),
        _ => true,
    });
    *document != before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(texts: &[&str]) -> Vec<SchemaPart> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn what_cannot_be_there_without_a_part_goes_with_it() {
        let schema =
            without(&parts(&["Commune", "Champ.label", "Demarche.dossiers(first)", "DossierState.refuse"])).unwrap();
        assert!(schema.type_field("CommuneChamp", "commune").is_err());
        assert!(schema.type_field("CommuneChamp", "label").is_err());
        assert!(schema.type_field("CommuneChamp", "stringValue").is_ok());
        let dossiers = schema.type_field("Demarche", "dossiers").unwrap();
        assert!(dossiers.argument_by_name("first").is_none() && dossiers.argument_by_name("after").is_some());
        assert!(without(&parts(&["Champ"])).unwrap().type_field("Dossier", "champs").is_err());
    }

    #[test]
    fn a_part_that_is_not_there_or_cannot_go_alone_is_refused() {
        for bad in [
            "",
            "Dossiers",
            "Dossier.",
            "Dossier.titre",
            "Dossier(number)",
            "Demarche.dossiers(size)",
            "TextChamp.id",
            "Query",
        ] {
            assert!(bad.parse::<SchemaPart>().is_err(), "{bad}");
        }
    }
}
