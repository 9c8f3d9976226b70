//! One target, that which `FITN_FUZZ_TARGET` names, under libFuzzer.
#![no_main]

#[path = "../targets.rs"]
mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("FITN_FUZZ_TARGET").unwrap_or_default();
    targets::TARGETS.iter().find(|(name, _)| *name == wanted).expect("FITN_FUZZ_TARGET names a target").1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
