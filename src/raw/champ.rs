//! One champ: its type decides which of its typed values is read; the display text stands in for none of them
//! (API facts, 4.6), except for the kinds that have no other value.

use serde_json::value::RawValue;

use super::dossier::{address_line, entity_name};
use super::object::{Member, Object, Unreadable};
use crate::domain::champ::{AddressValue, AttachedFile, Champ, ChampValue, CommuneValue, Row};
use crate::domain::siret::Siret;

/// Reads the champs of a list, in its order. Every element gives a champ, an unreadable one too.
pub fn read_all(elements: &[&RawValue]) -> Vec<Champ> {
    elements.iter().map(|element| read(element.get())).collect()
}

fn read(json: &str) -> Champ {
    let Ok(object) = Object::open(json) else {
        return Champ {
            id: String::new(),
            descriptor_id: String::new(),
            label: String::new(),
            type_name: String::new(),
            display: None,
            value: other("ce n’est pas un objet JSON"),
        };
    };
    let id = object.text_or_none("id").unwrap_or_default();
    let type_name = object.text_or_none("__typename").unwrap_or_default();
    let display = object.text_or_none("stringValue");
    Champ {
        descriptor_id: object.text_or_none("champDescriptorId").unwrap_or_else(|| id.clone()),
        label: object.text_or_none("label").unwrap_or_default(),
        value: value(&type_name, &object, display.as_deref().unwrap_or_default()),
        id,
        type_name,
        display,
    }
}

/// The typed value; what cannot be read, or is missing though the text is not blank, is [`ChampValue::Other`].
fn value(type_name: &str, object: &Object<'_>, display: &str) -> ChampValue {
    match typed(type_name, object, display) {
        Ok(Some(value)) if value.is_blank() && !matches!(value, ChampValue::Ornament) => ChampValue::Blank,
        Ok(Some(value)) => value,
        Ok(None) if display.trim().is_empty() => ChampValue::Blank,
        Ok(None) => other("seul le texte est renseigné, sans valeur typée"),
        Err(Unreadable { key }) => ChampValue::Other { reason: format!("« {key} » est illisible") },
    }
}

fn typed(type_name: &str, object: &Object<'_>, display: &str) -> Member<ChampValue> {
    Ok(match type_name {
        // These have nothing but their text, or nothing else that is asked for.
        "TextChamp" | "DossierLinkChamp" | "EngagementJuridiqueChamp" => Some(ChampValue::Text(display.to_owned())),
        "CheckboxChamp" => Some(ChampValue::Checkbox(object.read("checked")?.ok_or(Unreadable { key: "checked" })?)),
        "YesNoChamp" => object.read("selected")?.map(ChampValue::YesNo),
        "IntegerNumberChamp" => object.integer("integerNumber")?.map(ChampValue::Integer),
        "DecimalNumberChamp" => object.decimal("decimalNumber")?.map(ChampValue::Decimal),
        "DateChamp" => object.parsed("date")?.map(ChampValue::Date),
        "DatetimeChamp" => object.instant("datetime")?.map(ChampValue::Datetime),
        "DropDownListChamp" => object.text("choice")?.map(ChampValue::Choice),
        "CiviliteChamp" => object.text("civilite")?.map(ChampValue::Choice),
        "MultipleDropDownListChamp" => object.read("values")?.map(ChampValue::Choices),
        "LinkedDropDownListChamp" => linked_choice(object)?,
        "CommuneChamp" => coded(object, "commune", "code", "name")?
            .map(|(code, name)| ChampValue::Commune(CommuneValue { code, name })),
        "DepartementChamp" => place(object, "departement", "code", "name")?,
        "RegionChamp" => place(object, "region", "code", "name")?,
        "PaysChamp" => place(object, "pays", "code", "name")?,
        "EpciChamp" => place(object, "epci", "code", "name")?,
        "RNAChamp" => place(object, "rna", "id", "title")?,
        "RNFChamp" => place(object, "rnf", "id", "title")?,
        "AddressChamp" => object.object("address")?.map(|address| ChampValue::Address(self::address(&address))),
        "SiretChamp" => siret(object, display)?,
        "PieceJustificativeChamp" => {
            let files = object.list("files")?.map(|files| files.iter().map(|file| attached_file(file.get())).collect());
            files.transpose()?.map(ChampValue::Files)
        }
        "RepetitionChamp" => {
            let rows = object.list("rows")?.map(|rows| rows.iter().map(|row| self::row(row.get())).collect());
            rows.transpose()?.map(ChampValue::Rows)
        }
        "HeaderSectionChamp" | "ExplicationChamp" => Some(ChampValue::Ornament),
        "TitreIdentiteChamp" => object
            .read::<bool>("filled")?
            .filter(|filled| *filled)
            .map(|_| other("l’API ne montre pas les titres d’identité")),
        "CarteChamp" => Some(other("le tracé d’une carte n’est pas demandé à l’API")),
        unknown => Some(ChampValue::Other { reason: format!("type de champ inconnu : « {unknown} »") }),
    })
}

fn linked_choice(object: &Object<'_>) -> Member<ChampValue> {
    let (primary, secondary) = (object.text("primaryValue")?, object.text("secondaryValue")?);
    Ok(primary.map(|primary| ChampValue::LinkedChoice { primary, secondary: secondary.unwrap_or_default() }))
}

fn place(object: &Object<'_>, key: &'static str, code: &'static str, name: &'static str) -> Member<ChampValue> {
    Ok(coded(object, key, code, name)?.map(|(code, name)| ChampValue::Coded { code, name }))
}

fn coded(object: &Object<'_>, key: &'static str, code: &'static str, name: &'static str) -> Member<(String, String)> {
    let Some(place) = object.object(key)? else { return Ok(None) };
    let code = place.text(code)?.ok_or(Unreadable { key })?;
    Ok(Some((code, place.text_or_none(name).unwrap_or_default())))
}

fn address(address: &Object<'_>) -> AddressValue {
    AddressValue {
        label: address_line(address).unwrap_or_default(),
        city_code: address.text_or_none("cityCode"),
        department_code: address.text_or_none("departmentCode"),
    }
}

/// The establishment is missing until DS has got it; the text then still holds the SIRET (API facts, 4.2).
fn siret(object: &Object<'_>, display: &str) -> Member<ChampValue> {
    if let Some(entity) = object.object("etablissement")? {
        let siret = entity.text("siret")?.ok_or(Unreadable { key: "etablissement" })?;
        return Ok(Some(ChampValue::Siret { siret, name: entity_name(&entity) }));
    }
    Ok(Siret::parse(display).ok().map(|siret| ChampValue::Siret { siret: siret.into(), name: None }))
}

fn attached_file(json: &str) -> Result<AttachedFile, Unreadable> {
    const KEY: &str = "files";
    let file = Object::open(json).map_err(|_| Unreadable { key: KEY })?;
    let missing = Unreadable { key: KEY };
    Ok(AttachedFile {
        filename: file.text("filename")?.ok_or(missing.clone())?,
        content_type: file.text_or_none("contentType").unwrap_or_default(),
        byte_size: file.integer("byteSizeBigInt")?.ok_or(missing.clone())?,
        checksum: file.text("checksum")?.ok_or(missing.clone())?,
        created_at: file.instant("createdAt")?.ok_or(missing)?,
        virus_scan: file.text_or_none("virusScanResult").unwrap_or_default(),
    })
}

fn row(json: &str) -> Result<Row, Unreadable> {
    let row = Object::open(json).map_err(|_| Unreadable { key: "rows" })?;
    Ok(Row {
        id: row.text_or_none("id").unwrap_or_default(),
        champs: read_all(&row.list("champs")?.ok_or(Unreadable { key: "champs" })?),
    })
}

fn other(reason: &str) -> ChampValue {
    ChampValue::Other { reason: reason.to_owned() }
}
