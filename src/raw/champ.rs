//! One champ: its type decides which of its typed values is read; the display text stands in for none of them
//! (API facts, 4.6), except for the kinds that have no other value.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::dossier::{address_line, entity_name};
use super::object::{Member, Object, Unreadable};
use super::tree::Tree;
use crate::domain::champ::{AddressValue, AttachedFile, Champ, ChampValue, CommuneValue, RepetitionRow};
use crate::domain::siret::Siret;

/// Reads the champs of a list, in its order. Every element gives a champ, an unreadable one too.
pub(super) fn read_all(elements: &[Tree<'_>]) -> Vec<Champ> {
    elements.iter().map(|element| read(element, Level::Form)).collect()
}

/// Where a champ stands. DS has no repetition within a repetition, so that reading one goes no deeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// On the form itself.
    Form,
    /// In a row of a repetition.
    Row,
}

fn read(tree: &Tree<'_>, level: Level) -> Champ {
    let Some(object) = Object::of(tree) else {
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
    let type_name = object.type_name().unwrap_or_default();
    let display = object.text_or_none("stringValue");
    Champ {
        descriptor_id: object.text_or_none("champDescriptorId").unwrap_or_else(|| descriptor_of(&id)),
        label: object.text_or_none("label").unwrap_or_default(),
        value: value(&type_name, level, &object, display.as_deref().unwrap_or_default()),
        id,
        type_name,
        display,
    }
}

/// The id of the descriptor is that of the champ without its row (API facts, 4.4).
fn descriptor_of(id: &str) -> String {
    let plain = BASE64_STANDARD.decode(id).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match plain.as_deref().and_then(|plain| plain.split_once('|')) {
        Some((descriptor, _row)) => BASE64_STANDARD.encode(descriptor),
        None => id.to_owned(),
    }
}

/// The typed value; what cannot be read, is not given (absent is not null: DS may stop giving it), or is missing though the
/// text is not blank, is [`ChampValue::Other`].
fn value(type_name: &str, level: Level, object: &Object<'_>, display: &str) -> ChampValue {
    if let Some(key) = needed(type_name).iter().find(|key| !object.has(key)) {
        return other(&format!("DS ne donne plus « {key} »"));
    }
    match typed(type_name, level, object, display) {
        Ok(Some(value)) if value.is_blank() && !matches!(value, ChampValue::Ornament) => ChampValue::Blank,
        Ok(Some(value)) => value,
        Ok(None) if !object.has("stringValue") => {
            other("DS ne donne plus le texte de ce champ, et il n’a pas d’autre valeur")
        }
        Ok(None) if display.trim().is_empty() => ChampValue::Blank,
        Ok(None) => other("seul le texte est renseigné, sans valeur typée"),
        Err(Unreadable { key }) => ChampValue::Other { reason: format!("« {key} » est illisible") },
    }
}

/// The members that the value of each type is read from.
fn needed(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "TextChamp" | "DossierLinkChamp" | "EngagementJuridiqueChamp" => &["stringValue"],
        "CheckboxChamp" => &["checked"],
        "YesNoChamp" => &["selected"],
        "IntegerNumberChamp" => &["integerNumber"],
        "DecimalNumberChamp" => &["decimalNumber"],
        "DateChamp" => &["date"],
        "DatetimeChamp" => &["datetime"],
        "DropDownListChamp" => &["choice"],
        "CiviliteChamp" => &["civilite"],
        "MultipleDropDownListChamp" => &["values"],
        "LinkedDropDownListChamp" => &["primaryValue", "secondaryValue"],
        "CommuneChamp" => &["commune"],
        "DepartementChamp" => &["departement"],
        "RegionChamp" => &["region"],
        "PaysChamp" => &["pays"],
        "EpciChamp" => &["epci"],
        "RNAChamp" => &["rna"],
        "RNFChamp" => &["rnf"],
        "AddressChamp" => &["address"],
        "SiretChamp" => &["etablissement"],
        "PieceJustificativeChamp" => &["files"],
        "RepetitionChamp" => &["rows"],
        "TitreIdentiteChamp" => &["filled"],
        _ => &[],
    }
}

fn typed(type_name: &str, level: Level, object: &Object<'_>, display: &str) -> Member<ChampValue> {
    Ok(match type_name {
        // These have nothing but their text, or nothing else that is asked for.
        "TextChamp" | "DossierLinkChamp" | "EngagementJuridiqueChamp" => Some(ChampValue::Text(display.to_owned())),
        // A yes/no question that DS shows as a box says "false" when it was not answered, but its text is empty, where that
        // of a box never is (API facts, 4.3, 4.6).
        "CheckboxChamp" if object.member("stringValue") == Some(&Tree::Scalar("\"\"")) => None,
        "CheckboxChamp" => Some(ChampValue::Checkbox(object.flag("checked")?.ok_or(Unreadable { key: "checked" })?)),
        "YesNoChamp" => object.flag("selected")?.map(ChampValue::YesNo),
        "IntegerNumberChamp" => object.integer("integerNumber")?.map(ChampValue::Integer),
        "DecimalNumberChamp" => object.decimal("decimalNumber")?.map(ChampValue::Decimal),
        "DateChamp" => object.parsed("date")?.map(ChampValue::Date),
        "DatetimeChamp" => object.instant("datetime")?.map(ChampValue::Datetime),
        "DropDownListChamp" => object.text("choice")?.map(ChampValue::Choice),
        "CiviliteChamp" => object.text("civilite")?.map(ChampValue::Choice),
        "MultipleDropDownListChamp" => object.texts("values")?.map(ChampValue::Choices),
        "LinkedDropDownListChamp" => linked_choice(object)?,
        "CommuneChamp" => coded(object, "commune", "code", "name")?
            .map(|(code, name)| ChampValue::Commune(CommuneValue { code, name })),
        "DepartementChamp" => place(object, "departement", "code", "name")?,
        "RegionChamp" => place(object, "region", "code", "name")?,
        "PaysChamp" => place(object, "pays", "code", "name")?,
        "EpciChamp" => place(object, "epci", "code", "name")?,
        "RNAChamp" => place(object, "rna", "id", "title")?,
        "RNFChamp" => place(object, "rnf", "id", "title")?,
        "AddressChamp" => {
            object.object("address")?.map(|address| self::address(&address)).transpose()?.map(ChampValue::Address)
        }
        "SiretChamp" => siret(object, display)?,
        "PieceJustificativeChamp" => {
            let files = object.list("files")?.map(|files| files.iter().map(attached_file).collect());
            files.transpose()?.map(ChampValue::Files)
        }
        "RepetitionChamp" if level == Level::Row => Some(other("un bloc répétable dans un bloc répétable")),
        "RepetitionChamp" => {
            let rows = object.list("rows")?.map(|rows| rows.iter().map(row).collect());
            rows.transpose()?.map(ChampValue::Rows)
        }
        "HeaderSectionChamp" | "ExplicationChamp" => Some(ChampValue::Ornament),
        "TitreIdentiteChamp" => {
            object.flag("filled")?.filter(|filled| *filled).map(|_| other("l’API ne montre pas les titres d’identité"))
        }
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
    // A name that DS no longer gives is the code: an empty one would be what DS says.
    let name = if place.has(name) { place.text_or_none(name).unwrap_or_default() } else { code.clone() };
    Ok(Some((code, name)))
}

fn address(address: &Object<'_>) -> Result<AddressValue, Unreadable> {
    if !["label", "cityCode", "departmentCode"].iter().all(|key| address.has(key)) {
        return Err(Unreadable { key: "address" });
    }
    Ok(AddressValue {
        label: address_line(address).unwrap_or_default(),
        city_code: address.text_or_none("cityCode"),
        department_code: address.text_or_none("departmentCode"),
    })
}

/// The establishment is missing until DS has got it; the text then still holds the SIRET (API facts, 4.2).
fn siret(object: &Object<'_>, display: &str) -> Member<ChampValue> {
    if let Some(entity) = object.object("etablissement")? {
        let siret = entity.text("siret")?.ok_or(Unreadable { key: "etablissement" })?;
        // An establishment that DS has is complete, though it has no name.
        let name = entity_name(&entity).unwrap_or_else(|| siret.clone());
        return Ok(Some(ChampValue::Siret { siret, name: Some(name) }));
    }
    Ok(Siret::parse(display).ok().map(|siret| ChampValue::Siret { siret: siret.into(), name: None }))
}

fn attached_file(tree: &Tree<'_>) -> Result<AttachedFile, Unreadable> {
    const KEY: &str = "files";
    let file = Object::of(tree).ok_or(Unreadable { key: KEY })?;
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

fn row(tree: &Tree<'_>) -> Result<RepetitionRow, Unreadable> {
    let row = Object::of(tree).ok_or(Unreadable { key: "rows" })?;
    let champs = row.list("champs")?.ok_or(Unreadable { key: "champs" })?;
    Ok(RepetitionRow {
        id: row.text("id")?.ok_or(Unreadable { key: "rows" })?,
        champs: champs.iter().map(|champ| read(champ, Level::Row)).collect(),
    })
}

fn other(reason: &str) -> ChampValue {
    ChampValue::Other { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read_text(json: &str) -> Champ {
        read(&Tree::of(json).unwrap(), Level::Form)
    }

    fn champ(type_name: &str, display: &str, typed: &Value) -> Champ {
        let mut champ = json!({
            "__typename": type_name, "id": "Champ-1|ROW", "champDescriptorId": "Champ-1", "label": "L", "stringValue": display
        });
        champ.as_object_mut().unwrap().extend(typed.as_object().unwrap().clone());
        read_text(&champ.to_string())
    }

    fn value_of(type_name: &str, display: &str, typed: &Value) -> ChampValue {
        champ(type_name, display, typed).value
    }

    #[test]
    fn each_type_has_its_typed_value() {
        let coded = |code: &str, name: &str| ChampValue::Coded { code: code.to_owned(), name: name.to_owned() };
        for (type_name, typed, expected) in [
            ("CheckboxChamp", json!({"checked": false}), ChampValue::Checkbox(false)),
            ("YesNoChamp", json!({"selected": false}), ChampValue::YesNo(false)),
            ("IntegerNumberChamp", json!({"integerNumber": "3000000000"}), ChampValue::Integer(3_000_000_000)),
            ("DecimalNumberChamp", json!({"decimalNumber": 12.5}), ChampValue::Decimal("12.5".parse().unwrap())),
            ("DateChamp", json!({"date": "2021-09-03"}), ChampValue::Date("2021-09-03".parse().unwrap())),
            (
                "DatetimeChamp",
                json!({"datetime": "2021-09-03T12:33:00+02:00"}),
                ChampValue::Datetime("2021-09-03T10:33:00Z".parse().unwrap()),
            ),
            ("DropDownListChamp", json!({"choice": "Commune"}), ChampValue::Choice("Commune".to_owned())),
            ("CiviliteChamp", json!({"civilite": "Mme"}), ChampValue::Choice("Mme".to_owned())),
            ("MultipleDropDownListChamp", json!({"values": ["a"]}), ChampValue::Choices(vec!["a".to_owned()])),
            (
                "LinkedDropDownListChamp",
                json!({"primaryValue": "a", "secondaryValue": ""}),
                ChampValue::LinkedChoice { primary: "a".to_owned(), secondary: String::new() },
            ),
            (
                "CommuneChamp",
                json!({"commune": {"code": "94019", "name": "Chennevières"}}),
                ChampValue::Commune(CommuneValue { code: "94019".to_owned(), name: "Chennevières".to_owned() }),
            ),
            ("DepartementChamp", json!({"departement": {"code": "75", "name": "Paris"}}), coded("75", "Paris")),
            ("EpciChamp", json!({"epci": {"code": "200054781", "name": "MGP"}}), coded("200054781", "MGP")),
            ("RNAChamp", json!({"rna": {"id": "W751", "title": null}}), coded("W751", "")),
            (
                "SiretChamp",
                json!({"etablissement": {"siret": "21750001600019", "entreprise": {"raisonSociale": "Ville"}}}),
                ChampValue::Siret { siret: "21750001600019".to_owned(), name: Some("Ville".to_owned()) },
            ),
            ("HeaderSectionChamp", json!({"level": 1}), ChampValue::Ornament),
        ] {
            assert_eq!(value_of(type_name, "texte", &typed), expected, "{type_name}");
        }
    }

    #[test]
    fn a_typed_champ_left_empty_is_blank() {
        for (type_name, typed) in [
            ("TextChamp", json!({})),
            ("YesNoChamp", json!({"selected": null})),
            ("IntegerNumberChamp", json!({"integerNumber": null})),
            ("DecimalNumberChamp", json!({"decimalNumber": null})),
            ("DateChamp", json!({"date": null})),
            ("DropDownListChamp", json!({"choice": ""})),
            ("MultipleDropDownListChamp", json!({"values": []})),
            ("LinkedDropDownListChamp", json!({"primaryValue": "", "secondaryValue": ""})),
            ("CommuneChamp", json!({"commune": null})),
            ("SiretChamp", json!({"etablissement": null})),
            ("PieceJustificativeChamp", json!({"files": []})),
            ("RepetitionChamp", json!({"rows": []})),
            ("TitreIdentiteChamp", json!({"filled": false})),
        ] {
            assert_eq!(value_of(type_name, "", &typed), ChampValue::Blank, "{type_name}");
        }
    }

    /// DS may stop giving a member: that is not the same as giving null.
    #[test]
    fn a_value_that_is_not_given_is_never_blank() {
        let every_type = [
            "TextChamp",
            "DossierLinkChamp",
            "EngagementJuridiqueChamp",
            "CheckboxChamp",
            "YesNoChamp",
            "IntegerNumberChamp",
            "DecimalNumberChamp",
            "DateChamp",
            "DatetimeChamp",
            "DropDownListChamp",
            "CiviliteChamp",
            "MultipleDropDownListChamp",
            "LinkedDropDownListChamp",
            "CommuneChamp",
            "DepartementChamp",
            "RegionChamp",
            "PaysChamp",
            "EpciChamp",
            "RNAChamp",
            "RNFChamp",
            "AddressChamp",
            "SiretChamp",
            "PieceJustificativeChamp",
            "RepetitionChamp",
            "TitreIdentiteChamp",
        ];
        for type_name in every_type {
            let champ = read_text(&json!({"__typename": type_name, "id": "x", "label": "L"}).to_string());
            assert!(matches!(champ.value, ChampValue::Other { .. }), "{type_name}: {:?}", champ.value);
        }
        let second = json!({"primaryValue": "a"});
        assert!(matches!(value_of("LinkedDropDownListChamp", "a", &second), ChampValue::Other { .. }));
        // A value that is null, of a champ whose text is not given: it may be unanswered, or be known by its text only.
        let text_gone = json!({"__typename": "DateChamp", "id": "x", "label": "L", "date": null});
        assert!(matches!(read_text(&text_gone.to_string()).value, ChampValue::Other { .. }));
    }

    #[test]
    fn what_a_place_is_called_may_go_but_not_its_code() {
        let commune = |place: Value| value_of("CommuneChamp", "texte", &json!({"commune": place}));
        let code = "94019".to_owned();
        assert_eq!(commune(json!({"code": "94019"})), ChampValue::Commune(CommuneValue { name: code.clone(), code }));
        assert!(matches!(commune(json!({"name": "Chennevières"})), ChampValue::Other { .. }));
        let address = json!({"address": {"label": "1 place", "departmentCode": "75"}});
        assert!(matches!(value_of("AddressChamp", "1 place", &address), ChampValue::Other { .. }));
    }

    #[test]
    fn an_unanswered_question_shown_as_a_box_is_blank() {
        let unticked = json!({"checked": false});
        assert_eq!(value_of("CheckboxChamp", "", &unticked), ChampValue::Blank, "a yes/no question");
        assert_eq!(value_of("CheckboxChamp", "false", &unticked), ChampValue::Checkbox(false));
    }

    #[test]
    fn the_descriptor_is_known_by_the_champ_without_its_row() {
        let id = BASE64_STANDARD.encode("Champ-12|01G226S01HPTS3YHQDSS8D6JK8");
        assert_eq!(
            read_text(&json!({"__typename": "TextChamp", "id": id}).to_string()).descriptor_id,
            BASE64_STANDARD.encode("Champ-12")
        );
        assert_eq!(read_text(r#"{"id": "opaque"}"#).descriptor_id, "opaque");
    }

    #[test]
    fn what_cannot_be_read_keeps_its_text_and_says_why() {
        for (type_name, typed) in [
            ("IntegerNumberChamp", json!({"integerNumber": "99999999999999999999"})),
            ("DecimalNumberChamp", json!({"decimalNumber": "douze"})),
            ("DateChamp", json!({"date": "0021-13-45"})),
            ("CommuneChamp", json!({"commune": null})),
            ("CommuneChamp", json!({"commune": {"name": "sans code"}})),
            ("CheckboxChamp", json!({"checked": null})),
            ("PieceJustificativeChamp", json!({"files": [{"filename": "f"}]})),
            ("RepetitionChamp", json!({"rows": "aucune"})),
            ("HologramChamp", json!({"value": {"x": [1]}})),
            ("CarteChamp", json!({})),
        ] {
            let champ = champ(type_name, "le texte", &typed);
            assert!(matches!(champ.value, ChampValue::Other { .. }), "{type_name}: {:?}", champ.value);
            assert_eq!((champ.display.as_deref(), champ.type_name.as_str()), (Some("le texte"), type_name));
        }
    }

    #[test]
    fn a_siret_is_known_by_its_text_until_ds_has_the_establishment() {
        assert_eq!(
            value_of("SiretChamp", "217 500 016 00019", &json!({"etablissement": null})),
            ChampValue::Siret { siret: "21750001600019".to_owned(), name: None }
        );
    }

    #[test]
    fn a_bad_champ_in_a_row_does_not_cost_the_row() {
        let value = value_of(
            "RepetitionChamp",
            "",
            &json!({"rows": [{"id": "Row-1", "champs": [
                {"__typename": "DateChamp", "id": "a", "date": "jamais", "stringValue": "jamais"},
                {"__typename": "TextChamp", "id": "b", "stringValue": "ok"},
                null
            ]}]}),
        );
        let ChampValue::Rows(rows) = value else { panic!("rows") };
        assert!(matches!(rows[0].champs[0].value, ChampValue::Other { .. }));
        assert_eq!(rows[0].champs[1].value, ChampValue::Text("ok".to_owned()));
        assert!(matches!(rows[0].champs[2].value, ChampValue::Other { .. }));
        assert_eq!(rows[0].champs[1].descriptor_id, "b", "without a descriptor the id stands in");
    }

    #[test]
    fn files_come_with_their_size_from_a_text() {
        let value = value_of(
            "PieceJustificativeChamp",
            "",
            &json!({"files": [{"filename": "f.pdf", "contentType": "application/pdf", "byteSizeBigInt": "5000000000",
                "checksum": "x==", "createdAt": "2021-09-03T12:33:00+02:00", "virusScanResult": "pending"}]}),
        );
        let ChampValue::Files(files) = value else { panic!("files") };
        assert_eq!((files[0].byte_size, files[0].virus_scan.as_str()), (5_000_000_000, "pending"));
    }

    fn any_member() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[0-9a-z:+-]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            let key = prop_oneof![Just("code"), Just("id"), Just("champs"), Just("filename"), Just("createdAt")];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::hash_map(key.prop_map(str::to_owned), inner, 0..3)
                    .prop_map(|members| json!(members)),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_champ_holds_it_is_read_and_its_text_kept(
            (type_name, key) in proptest::sample::select(vec![
                ("CheckboxChamp", "checked"), ("IntegerNumberChamp", "integerNumber"), ("DecimalNumberChamp", "decimalNumber"),
                ("DateChamp", "date"), ("DatetimeChamp", "datetime"), ("MultipleDropDownListChamp", "values"),
                ("CommuneChamp", "commune"), ("AddressChamp", "address"), ("SiretChamp", "etablissement"),
                ("PieceJustificativeChamp", "files"), ("RepetitionChamp", "rows"), ("UnknownChamp", "value"),
            ]),
            member in any_member(),
        ) {
            let champ = champ(type_name, "le texte", &json!({key: member}));
            prop_assert_eq!(champ.display.as_deref(), Some("le texte"));
            prop_assert_eq!(champ.type_name, type_name);
        }
    }
}
