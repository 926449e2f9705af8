//! Quantities are read as people spell them, printed so that they can be read, and refused with a way out.

use super::*;

#[test]
fn sizes_know_both_systems() {
    assert_eq!("4 KiB".parse::<Bytes>().unwrap().whole(), 4096);
    assert_eq!("4KB".parse::<Bytes>().unwrap().whole(), 4000);
    assert_eq!("1024 B".parse::<Bytes>().unwrap(), "1 KiB".parse().unwrap());
    assert!(
        "4".parse::<Bytes>()
            .unwrap_err()
            .help
            .unwrap()
            .contains("4 KiB")
    );
    assert_eq!("4 kib".parse::<Bytes>().unwrap().whole(), 4096);
}

#[test]
fn no_size_is_a_row_of_digits_before_a_small_unit() {
    for (bytes, text) in [
        (241_397_903_709_800, "219.55 TiB"),
        (2_000_000_000_500, "1.82 TiB"),
        (999_999_500, "999999.5 KB"),
        (76_800_000_000_000_000, "76800 TB"),
        (12_641_280, "12345 KiB"),
        (4095, "4095 B"),
    ] {
        assert_eq!(Bytes::new(bytes).to_string(), text);
    }
    let odd = Decimal::from(241_397_903_709_800u64) + Decimal::new(5, 1);
    assert_eq!(Bytes::from_value(odd).to_string(), "219.55 TiB");
}

#[test]
fn rates_know_calendar_totals() {
    let month: WrittenRate = "2.628M/month".parse().unwrap();
    assert_eq!((month.per_second, month.calendar), (Decimal::ONE, true));
    assert!(
        "1200"
            .parse::<Rate>()
            .unwrap_err()
            .help
            .unwrap()
            .contains("1200/s")
    );
}

#[test]
fn printed_quantities_parse_back() {
    for text in ["4 KiB", "300 B", "2 MiB", "200 GB", "10 TiB"] {
        let size: Bytes = text.parse().unwrap();
        assert_eq!(size.to_string().parse::<Bytes>().unwrap(), size, "{text}");
    }
    for text in ["5 ms", "0.05 ms", "1 day", "200 days", "90 s", "2 weeks"] {
        let time: Duration = text.parse().unwrap();
        assert_eq!(
            time.to_string().parse::<Duration>().unwrap(),
            time,
            "{text}"
        );
    }
}

/// A person pastes what an error shows.
#[test]
fn every_correction_can_be_read() {
    fn check<Q: Quantity>(text: &str) {
        let Err(refused) = text.parse::<Q>() else {
            return;
        };
        assert!(
            "1".parse::<Bytes>()
                .is_err_and(|r| r.fix.as_deref() == Some("1 KiB"))
        );
        for fix in refused.fix.iter().chain(quoted(&refused).iter()) {
            assert!(fix.parse::<Q>().is_ok(), "{text}: {refused}");
        }
    }
    /// What the help says to write.
    fn quoted(refused: &Refused) -> Option<String> {
        let help = refused.help.as_deref()?.strip_prefix("write it as `")?;
        Some(help.split('`').next()?.to_owned())
    }
    for number in ["1", "100", "0.5", "1,000", "99999999999"] {
        for unit in [
            "",
            " rps",
            "k",
            " million a day",
            " Kb",
            "kb",
            "m",
            " m",
            "/m",
            " %",
            " USD",
            " d",
            " x",
            "/s/s",
            "…",
        ] {
            let text = format!("{number}{unit}");
            check::<Bytes>(&text);
            check::<Rate>(&text);
            check::<Duration>(&text);
            check::<Share>(&text);
            check::<Hours>(&text);
            check::<Dollars>(&text);
            check::<Count>(&text);
        }
    }
}

#[test]
fn harmless_spellings_are_read() {
    let rate = |text: &str| text.parse::<Rate>().unwrap();
    assert_eq!(rate("1,000,000/day"), rate("1M/day"));
    assert_eq!(rate("10/sec"), rate("10/s"));
    assert_eq!(rate("100 rps"), rate("100/s"));
    assert_eq!(rate("1 million/day"), rate("1 million a day"));
    assert_eq!(rate("0"), rate("0/s"));
    assert_eq!("2kb".parse::<Bytes>(), "2 KB".parse());
    assert_eq!("0.85".parse::<Share>(), "85 %".parse());
    assert_eq!("$0.40".parse::<Dollars>(), "0.40 USD".parse());
    let refused = "2kb".parse::<Rate>().unwrap_err();
    assert_eq!(refused.message, "`2kb` is a size, not a rate");
}

#[test]
fn nonsense_is_refused_not_panicked_on() {
    for text in [
        "",
        "NaN",
        "-5 KiB",
        "1e9/s",
        "....",
        "99999999999999999999999999999 B",
        "5 ms ms",
        "∞ ms",
    ] {
        assert!(
            text.parse::<Bytes>().is_err()
                && text.parse::<Duration>().is_err()
                && text.parse::<Rate>().is_err(),
            "{text}"
        );
    }
}
