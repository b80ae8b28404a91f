//! Any bytes as the input of `ekm-preflight simulate`: an answer or an error, never a panic or a hang. The code is safe
//! Rust, so the sanitizers, which find faults of memory, are left out.
//!
//! ```sh
//! cargo install cargo-fuzz --locked
//! mkdir -p fuzz/corpus/simulate
//! cargo +nightly fuzz run -s none simulate fuzz/corpus/simulate fuzz/seeds/simulate -- \
//!     -dict=fuzz/policies.dict -timeout=10 -max_len=8192 -runs=1000000
//! ```
#![no_main]

use ekm_preflight::simulate::answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let first = answer(&text);
    if let Ok(json) = &first {
        serde_json::from_str::<serde_json::Value>(json).expect("an answer is JSON");
    }
    assert_eq!(first, answer(&text), "the same input has the same answer");
});
