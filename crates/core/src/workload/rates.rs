//! Rates: averages while active, or calendar totals that are spread over the active hours.

use std::cell::Cell;

use rust_decimal::Decimal;

use super::sections::{Notes, spread};
use crate::domain::field::NumField;
use crate::domain::profile::Profile;
use crate::domain::units::{HOURS_PER_MONTH, Hours, MAX_RATE, Quantity, Refused, WrittenRate};
use crate::yaml::Reader;

/// Reads a rate per active second; a profile keeps in mind which of them were totals.
pub(super) fn read(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    field: NumField,
    notes: &mut Notes,
    profile: &mut Profile,
) -> Option<Decimal> {
    let hours = profile.traffic.active_hours;
    let calendar = Cell::new(false);
    let value = spread(r, key, field, notes, |text| {
        let written = text.parse::<WrittenRate>()?;
        calendar.set(written.calendar);
        let value = per_active_second(written, hours);
        if value > MAX_RATE {
            return Err(Refused {
                message: format!(
                    "`{text}` within {} is above 100M/s",
                    Hours::from_value(hours)
                ),
                help: Some("check the total and the active hours".to_owned()),
                fix: None,
            });
        }
        Ok((value, value))
    });
    profile
        .traffic
        .totals
        .extend(calendar.get().then_some(field));
    value
}

/// A rate per active second from what was written, given the active hours.
fn per_active_second(rate: WrittenRate, hours: Decimal) -> Decimal {
    if rate.calendar && hours != HOURS_PER_MONTH {
        rate.per_second * HOURS_PER_MONTH / hours
    } else {
        rate.per_second
    }
}
