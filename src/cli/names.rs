//! What people call a service on the command line: ids, and the common names of the catalog.

use anyhow::Result;

use crate::domain::catalog::{Catalog, Role, Variant};
use crate::domain::decision::Pick;
use crate::exit::{Exit, Failure};
use crate::text::{meant, one_of, short};

/// A service, perhaps one way to buy it, as somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Id of the service, or the word of an outcome.
    pub service: String,
    /// Id of the variant, where the name says it: `redis`.
    pub variant: Option<String>,
    /// As it was typed.
    pub typed: String,
}

impl Answer {
    /// The word of an outcome.
    pub fn outcome(word: &str) -> Self {
        Self {
            service: word.to_owned(),
            variant: None,
            typed: word.to_owned(),
        }
    }

    /// Is this what was named?
    pub fn is(&self, pick: &Pick) -> bool {
        self.service == pick.service && (self.variant.is_none() || self.variant == pick.variant)
    }
}

/// Takes every candidate out of the catalog that is not named; what stands beside them stays.
pub fn only(words: &[String], catalog: &mut Catalog) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let candidates = catalog
        .services
        .iter()
        .filter(|s| s.role == Role::Candidate);
    let ids: Vec<String> = candidates.map(|s| s.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut kept = Vec::new();
    for word in words {
        kept.push(answer(word, catalog, &ids).map_err(|near| {
            let message = format!("`{}` is not one of the candidates{near}", short(word));
            Failure::new(Exit::Usage, "service-unknown", message).help(format!(
                "--only takes {}, and their common names",
                one_of(&ids)
            ))
        })?);
    }
    catalog.services.retain_mut(|service| {
        if service.role != Role::Candidate {
            return true;
        }
        let of = || kept.iter().filter(|k| k.service == service.id);
        if of().all(|k| k.variant.is_some()) {
            let variants: Vec<&Answer> = of().collect();
            let named = |v: &Variant| variants.iter().any(|k| k.variant == v.id);
            service.variants.retain(named);
            return !service.variants.is_empty();
        }
        true
    });
    Ok(())
}

/// The service of a name, when it is one of these ids; else what might be meant, to end a message with.
pub fn answer(word: &str, catalog: &Catalog, ids: &[&str]) -> Result<Answer, String> {
    if let Some((service, variant)) = catalog.named(word)
        && ids.contains(&service.id.as_str())
    {
        return Ok(Answer {
            service: service.id.clone(),
            variant: variant.map(str::to_owned),
            typed: short(word),
        });
    }
    let services = catalog
        .services
        .iter()
        .filter(|s| ids.contains(&s.id.as_str()));
    let common = services.flat_map(|s| {
        let variants = s.variants.iter().flat_map(|v| &v.also);
        s.also.iter().chain(variants).map(String::as_str)
    });
    Err(meant(word, ids.iter().copied().chain(common)))
}
