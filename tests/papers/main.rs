//! Documents for reading, opened with other people’s programs: Chromium and axe for the pages, Poppler, QPDF and pikepdf for the PDF.

mod sample;

use std::path::Path;
use std::process::Command;

use fitn_connector::files::write_atomically;
use fitn_connector::reports::blocks::html;

/// What a program says; that it is missing, or says no, fails the test.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program} est nécessaire à cet essai (tests/run l’installe) : {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?} :\n{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn beside(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/papers").join(name).display().to_string()
}

#[test]
fn pages_fit_every_screen_and_have_no_barrier() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("essai.html");
    let mut page = Vec::new();
    html::write(&sample::document(), &mut page).unwrap();
    write_atomically(&path, &page).unwrap();
    let told = said("node", &[&beside("page.mjs"), path.to_str().unwrap()]);
    assert_eq!(told.trim(), "4 largeurs, aucun débordement, aucune anomalie", "{told}");
}

#[cfg(feature = "pdf")]
mod pdf {
    use super::*;
    use fitn_connector::reports::blocks::pdf;

    #[test]
    fn paper_is_sound_tagged_and_readable() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("essai.pdf");
        write_atomically(&path, &pdf::write(&sample::document()).unwrap()).unwrap();
        let path = path.to_str().unwrap();
        assert!(said("qpdf", &["--check", path]).contains("No syntax or stream encoding errors found"));
        // Programs that read PDF give every space as the plain one.
        let spaced = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
        let text = spaced(&said("pdftotext", &["-layout", path, "-"]));
        for expected in [
            "Rapport d’essai, 3ᵉ trimestre 2021",
            "12\u{202f}345\u{202f}678,90\u{a0}€ ont été accordés « à bon droit »",
            "#par *quelqu’un* $x$ @la-préfecture.",
            "Fait à Paris, le",
        ] {
            assert!(text.contains(&spaced(expected)), "{expected}\n{text}");
        }
        let fonts = said("pdffonts", &[path]);
        let embedded = fonts.lines().skip(2).filter(|font| font.contains("LiberationSans"));
        assert!(embedded.clone().count() >= 2 && fonts.lines().skip(2).count() == embedded.count(), "{fonts}");
        let structure = said("python3", &[&beside("structure.py"), path]);
        insta::assert_snapshot!(structure);
    }
}
