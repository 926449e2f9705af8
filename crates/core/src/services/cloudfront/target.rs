//! How a deployed distribution is reached: by its URL.

use crate::services::found::{Deployed, Resource, Target};

/// The resources that are the cache; a plan owns its distribution.
pub(super) const CACHES: &[&str] = &[
    "AWS::CloudFront::Distribution",
    "AWS::PricingPlanManager::Subscription",
];

/// What to test; `None` when no output names the address.
pub(super) fn target(_: &Resource, stack: &Deployed<'_>) -> Option<Target> {
    let outputs = || stack.output(&["url"]).or_else(|| stack.output(&["domain"]));
    let domain = stack.overrides.endpoint.clone().or_else(outputs)?;
    Some(Target::Http(url(&domain, stack.overrides.path.as_deref())))
}

fn url(domain: &str, path: Option<&str>) -> String {
    let base = if domain.contains("://") {
        domain.to_owned()
    } else {
        format!("https://{domain}")
    };
    let path = path.unwrap_or("/");
    format!(
        "{}/{}",
        base.trim_end_matches('/'),
        path.trim_start_matches('/')
    )
}
