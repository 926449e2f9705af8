//! How a deployed cache is reached: engine, endpoint, sign-in.

use crate::services::found::{Auth, Deployed, Redis, Resource, Target, endpoint};
use crate::yaml::{Node, parse_template};

/// The resource that is the cache.
pub(super) const CACHES: &[&str] = &["AWS::ElastiCache::ServerlessCache"];

/// What to test; `None` when neither the stack nor the command line names engine and endpoint.
pub(super) fn target(cache: &Resource, stack: &Deployed<'_>) -> Option<Target> {
    let given = stack.overrides;
    let engine = given.engine.clone().or_else(|| engine(cache, stack))?;
    let memcached = engine == "memcached";
    let default_port = if memcached { 11211 } else { 6379 };
    let port = stack
        .output(&["port"])
        .and_then(|p| p.parse().ok())
        .unwrap_or(default_port);
    let text = given.endpoint.clone().or_else(|| {
        stack
            .output(&["endpoint", "address"])
            .or_else(|| stack.output(&["endpoint"]))
    })?;
    let endpoint = endpoint(&text, port)?;
    if memcached {
        return Some(Target::Memcached(endpoint));
    }
    let auth = auth(cache, stack);
    Some(Target::Redis(Redis { endpoint, auth }))
}

/// A password signs in by itself; a user without one signs in with IAM.
fn auth(cache: &Resource, stack: &Deployed<'_>) -> Auth {
    let user = stack.overrides.user.clone();
    let user = user.or_else(|| stack.output(&["user"]));
    match (user, stack.overrides.password.clone()) {
        (user, Some(password)) => Auth::Password {
            user: user.unwrap_or_else(|| "default".to_owned()),
            password,
        },
        (Some(user), None) => Auth::Iam {
            user,
            cache: cache.physical_id.clone().unwrap_or_default(),
        },
        (None, None) => Auth::None,
    }
}

/// The engine from the template's property, literal or a parameter's default, or from an output.
fn engine(cache: &Resource, stack: &Deployed<'_>) -> Option<String> {
    let text = written(&cache.logical_id, stack.template).or_else(|| stack.output(&["engine"]))?;
    ["valkey", "redis", "memcached"]
        .into_iter()
        .find(|e| *e == text.to_lowercase())
        .map(str::to_owned)
}

fn written(id: &str, template: &str) -> Option<String> {
    let root = parse_template(template).ok()?;
    let at = |path: &[&str]| path.iter().try_fold(&root, |node, key| node.get(key));
    let property = at(&["Resources", id, "Properties", "Engine"])?;
    let reference = || property.get("!Ref").or_else(|| property.get("Ref"))?.text();
    let named = property.text().or_else(reference)?;
    let parameter = at(&["Parameters", named, "Default"]).and_then(Node::text);
    Some(parameter.unwrap_or(named).to_owned())
}
