//! Amounts, layouts and sums.

use super::amount::{decimal, parse};

#[test]
fn amounts_are_read_in_every_form_that_bills_have() {
    for (text, want) in [
        ("0", "0"),
        ("12.5", "12.5"),
        ("-75.88", "-75.88"),
        ("2.7E-9", "0.0000000027"),
        ("1e3", "1000"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("1.", "1"),
        (".5", "0.5"),
        ("2018518518.5185185", "2018518518.5185185"),
        ("1E-300", "0"),
    ] {
        let read = parse(text.as_bytes(), 0).map(decimal);
        assert_eq!(read.map(|d| d.to_string()).as_deref(), Some(want), "{text}");
    }
    assert_eq!(parse(b"1234", 2).map(decimal).unwrap().to_string(), "12.34");
    for bad in [
        "", "-", ".", "1,5", "$3", "nan", "inf", "1e", "1e999", "1e16", "0x1", "1 2",
    ] {
        assert_eq!(parse(bad.as_bytes(), 0), None, "{bad}");
    }
}
