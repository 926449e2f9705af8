//! What a distribution may have besides: a certificate of its own stack, countries, signed URLs, Origin Shield, a function at the edge.
//!
//! Each is off until the profile states it, and refused where the plan or another setting makes it pointless.

use serde_json::{Value, json};

use crate::exit::Failure;
use crate::services::parts::{Parameter, StackCase, refuse};

/// The options of one distribution.
pub(super) struct Options {
    /// Host names of a certificate that the stack makes; none when it makes none.
    certificate: usize,
    /// How `Countries` is meant, in the words of CloudFront.
    countries: Option<&'static str>,
    signed: bool,
    shield: Option<String>,
    function: Option<&'static str>,
}

impl Options {
    /// The options of a case, or why one of them cannot be had.
    pub(super) fn of(case: &StackCase<'_>, s3_origin: bool, tier: &str) -> Result<Self, Failure> {
        let own_key = !matches!(tier, "free" | "pro");
        let options = Self {
            certificate: certificate(case),
            countries: countries(case)?,
            signed: case.list("key_group_ids").is_some(),
            shield: shield(case, tier)?,
            function: match (s3_origin, own_key) {
                (true, _) => case.switch("directory_index").then_some("index"),
                (false, false) => Some("host"),
                (false, true) => None,
            },
        };
        behaviors(case, s3_origin, tier)?;
        if s3_origin && case.switch("single_page") {
            options.one_page(case)?;
        }
        Ok(options)
    }

    /// A page that answers for every path would answer for a refusal, and for every directory.
    fn one_page(&self, case: &StackCase<'_>) -> Result<(), Failure> {
        let other = if self.refuses() {
            "`allowed_countries`, `blocked_countries` or `key_group_ids`, whose refusals it would answer with the page"
        } else if case.switch("directory_index") {
            "`directory_index`, whose directories it would answer for"
        } else {
            return Ok(());
        };
        Err(refuse(
            format!("`deployment.single_page` does not go with {other}"),
            "leave one of them out",
        ))
    }

    /// Some viewers are refused with 403.
    pub(super) fn refuses(&self) -> bool {
        self.signed || self.countries.is_some()
    }

    /// The stack makes the certificate.
    pub(super) fn certified(&self) -> bool {
        self.certificate > 0
    }

    /// What the template needs to know.
    pub(super) fn context(&self) -> Value {
        json!({
            "new_certificate": self.certified(),
            "names": self.certificate,
            "countries": self.countries,
            "signed": self.signed,
            "refuses": self.refuses(),
            "error_codes": if self.refuses() { vec![404] } else { vec![403, 404] },
            "origin_shield": self.shield,
            "edge_function": self.function,
        })
    }

    /// Values of the lists.
    pub(super) fn parameters(case: &StackCase<'_>, out: &mut Vec<Parameter>) {
        let countries = case.list("allowed_countries");
        let stated = [
            ("Countries", countries.or(case.list("blocked_countries"))),
            ("KeyGroupIds", case.list("key_group_ids")),
        ];
        let stated = stated.into_iter().filter(|(_, value)| value.is_some());
        out.extend(stated.map(|(name, value)| Parameter { name, value }));
    }

    /// What the stack makes for them.
    pub(super) fn creates(&self) -> [(bool, &'static str); 2] {
        [
            (self.certified(), "a certificate for the host names"),
            (self.function.is_some(), "a function at the edge"),
        ]
    }

    /// What to know about them, one sentence each.
    pub(super) fn hints(&self, plan: bool) -> Vec<String> {
        let mut out = Vec::new();
        if self.certified() {
            out.push("ACM proves the host names by records in the hosted zone, which must be the public zone of every one of them: the stack waits for it, minutes as a rule, and the certificate renews itself. The proving records stay in the zone when the stack is removed.".to_owned());
        }
        match self.function {
            Some("host") => out.push("The Free and Pro plans have managed cache policies only, and theirs would send the viewer's `Host` on: a function at the edge asks the origin by its own name instead.".to_owned()),
            Some(_) => out.push("`/blog` and `/blog/` are answered by `/blog/index.html`: a path whose last part has a dot is a file, every other a directory.".to_owned()),
            None => {}
        }
        if self.function.is_some() && !plan {
            out.push("Each request runs the function at the edge: [2 million runs of a month are free](https://aws.amazon.com/cloudfront/pricing/), more are billed and not in the estimate.".to_owned());
        }
        if self.countries.is_some() {
            out.push("Countries are told from the viewer's address; whoever is refused gets 403 (parameter `Countries`).".to_owned());
        }
        if self.signed {
            out.push("Every file needs a signed URL or signed cookies of a key of `KeyGroupIds`; without them the answer is 403. The private key stays with whoever signs; the samples above need a signed URL too.".to_owned());
        }
        if self.refuses() {
            out.push("A bucket says 403 for a missing file too: with refusals it stays 403, and `404.html` is for what the bucket calls 404. No alarm watches client errors, because refusals are such.".to_owned());
        }
        if let (Some(region), false) = (&self.shield, plan) {
            out.push(format!("Origin Shield in {region}: every request that it is asked as one more layer is billed by the 10,000, and not in the estimate."));
        }
        out
    }
}

/// Host names whose certificate the stack makes: their zone is known, and no certificate is named.
fn certificate(case: &StackCase<'_>) -> usize {
    let zone = case.setting("hosted_zone_id").is_some();
    let made = zone && case.setting("certificate_arn").is_none();
    let names = case.profile.deployment.lists.get("domain_names");
    names.filter(|_| made).map_or(0, Vec::len)
}

fn countries(case: &StackCase<'_>) -> Result<Option<&'static str>, Failure> {
    match (
        case.list("allowed_countries"),
        case.list("blocked_countries"),
    ) {
        (Some(_), Some(_)) => Err(refuse(
            "a distribution has either countries that are answered or countries that are not",
            "leave `deployment.allowed_countries` or `deployment.blocked_countries` out",
        )),
        (Some(_), None) => Ok(Some("whitelist")),
        (None, Some(_)) => Ok(Some("blacklist")),
        (None, None) => Ok(None),
    }
}

/// The Region of Origin Shield, where it is offered and the plan has it.
fn shield(case: &StackCase<'_>, tier: &str) -> Result<Option<String>, Failure> {
    let Some(region) = case.setting("origin_shield") else {
        return Ok(None);
    };
    let offered = case.catalog.stacks.native_types.get("origin-shield");
    let offered = offered.map_or(&[][..], Vec::as_slice);
    if !offered.contains(&region) {
        return Err(refuse(
            format!(
                "there is no Origin Shield in `{}`",
                crate::text::short(&region)
            ),
            format!("name the one nearest to the origin: {}", offered.join(", ")),
        ));
    }
    if !matches!(tier, "pay-as-you-go" | "premium") {
        return Err(refuse(
            format!("the {tier} plan has no Origin Shield"),
            "leave `deployment.origin_shield` out, or choose another variant with `--variant`",
        ));
    }
    Ok(Some(region))
}

/// The cached paths, one behavior each beside the default one, are within what the plan has.
fn behaviors(case: &StackCase<'_>, s3_origin: bool, tier: &str) -> Result<(), Failure> {
    let paths = case.profile.deployment.lists.get("cached_paths");
    let count = paths.filter(|_| !s3_origin).map_or(0, Vec::len);
    let most = case.catalog.stacks.behaviors.get(tier).copied();
    match most {
        Some(most) if count >= most => Err(refuse(
            format!(
                "{count} cached paths and the rest are {} cache behaviors; {tier} has {most}",
                count + 1
            ),
            "name fewer under `deployment.cached_paths`: a pattern may stand for many, such as /static/*",
        )),
        _ => Ok(()),
    }
}
