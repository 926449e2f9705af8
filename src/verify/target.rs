//! What to test: found in the stack's resources, outputs and template, or given on the command line.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::deploy::model::Resource;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// How to sign in to a Valkey or Redis cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    None,
    /// User name; the password comes from the environment.
    Password {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// A signed token of the caller's own AWS credentials.
    Iam {
        /// User id, which for IAM is the user name too.
        user: String,
        /// Name of the cache.
        cache: String,
    },
}

/// A Valkey or Redis cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redis {
    /// Where.
    pub endpoint: Endpoint,
    /// How to sign in.
    pub auth: Auth,
}

/// A mounted file cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// DNS name of the file cache.
    pub dns: Option<String>,
    /// Lustre mount name.
    pub name: Option<String>,
    /// Where it is mounted on this machine.
    pub path: Option<std::path::PathBuf>,
}

/// One thing to test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Valkey or Redis.
    Redis(Redis),
    /// Memcached.
    Memcached(Endpoint),
    /// DynamoDB table name.
    Table(String),
    /// S3 or directory bucket name.
    Bucket(String),
    /// URL of a distribution.
    Http(String),
    /// File cache.
    Mount(Mount),
}

/// Choices of the command line that overrule what the stack says.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `HOST:PORT`.
    pub endpoint: Option<String>,
    /// `valkey`, `redis` or `memcached`.
    pub engine: Option<String>,
    /// User of the cache.
    pub user: Option<String>,
    /// Password, from the environment only.
    pub password: Option<String>,
    /// Path of the object to fetch.
    pub path: Option<String>,
    /// Where the file cache is mounted.
    pub mount: Option<std::path::PathBuf>,
}

/// The first cache among the resources, in the order of the five services.
pub fn find(
    resources: &[Resource],
    outputs: &BTreeMap<String, String>,
    template: &str,
    overrides: &Overrides,
) -> Option<Target> {
    let of = |kind: &str| resources.iter().find(|r| r.resource_type == kind);
    if let Some(cache) = of("AWS::ElastiCache::ServerlessCache") {
        return cache_target(cache, outputs, template, overrides);
    }
    if of("AWS::CloudFront::Distribution").is_some()
        || of("AWS::PricingPlanManager::Subscription").is_some()
    {
        let domain = overrides
            .endpoint
            .clone()
            .or_else(|| output(outputs, &["url"]).or_else(|| output(outputs, &["domain"])))?;
        return Some(Target::Http(url(&domain, overrides.path.as_deref())));
    }
    if let Some(table) = of("AWS::DynamoDB::Table") {
        return table.physical_id.clone().map(Target::Table);
    }
    if let Some(bucket) = of("AWS::S3Express::DirectoryBucket") {
        return bucket.physical_id.clone().map(Target::Bucket);
    }
    if of("AWS::FSx::FileCache")
        .or_else(|| of("Custom::FileCache"))
        .is_some()
    {
        return Some(Target::Mount(Mount {
            dns: output(outputs, &["dns"]),
            name: output(outputs, &["mountname"]),
            path: overrides.mount.clone(),
        }));
    }
    of("AWS::S3::Bucket")
        .and_then(|b| b.physical_id.clone())
        .map(Target::Bucket)
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

fn cache_target(
    cache: &Resource,
    outputs: &BTreeMap<String, String>,
    template: &str,
    overrides: &Overrides,
) -> Option<Target> {
    let engine = overrides
        .engine
        .clone()
        .or_else(|| engine(template, &cache.logical_id, outputs))?;
    let memcached = engine == "memcached";
    let default_port = if memcached { 11211 } else { 6379 };
    let port = output(outputs, &["port"])
        .and_then(|p| p.parse().ok())
        .unwrap_or(default_port);
    let text = overrides.endpoint.clone().or_else(|| {
        output(outputs, &["endpoint", "address"]).or_else(|| output(outputs, &["endpoint"]))
    })?;
    let endpoint = endpoint(&text, port)?;
    if memcached {
        return Some(Target::Memcached(endpoint));
    }
    let user = overrides
        .user
        .clone()
        .or_else(|| output(outputs, &["user"]));
    let auth = match (user, overrides.password.clone()) {
        (Some(user), Some(password)) => Auth::Password { user, password },
        (None, Some(password)) => Auth::Password {
            user: "default".to_owned(),
            password,
        },
        (Some(user), None) => Auth::Iam {
            user,
            cache: cache.physical_id.clone().unwrap_or_default(),
        },
        (None, None) => Auth::None,
    };
    Some(Target::Redis(Redis { endpoint, auth }))
}

/// The engine from the template's property, literal or a parameter's default, or from an output.
fn engine(template: &str, id: &str, outputs: &BTreeMap<String, String>) -> Option<String> {
    let tree: Value = serde_yaml::from_str(template).unwrap_or_default();
    let property = tree.pointer(&format!("/Resources/{id}/Properties/Engine"));
    let literal = property.and_then(Value::as_str);
    let named = literal.or_else(|| property?.get("Ref")?.as_str());
    let parameter = named.and_then(|name| tree.pointer(&format!("/Parameters/{name}/Default")));
    let text = parameter
        .and_then(Value::as_str)
        .or(named)
        .map(str::to_owned)
        .or_else(|| output(outputs, &["engine"]))?;
    ["valkey", "redis", "memcached"]
        .into_iter()
        .find(|e| *e == text.to_lowercase())
        .map(str::to_owned)
}

/// `host:port`, with the port optional.
pub fn endpoint(text: &str, default_port: u16) -> Option<Endpoint> {
    let text = text.split("://").last()?;
    match text.rsplit_once(':') {
        Some((host, port)) => Some(Endpoint {
            host: host.to_owned(),
            port: port.parse().ok()?,
        }),
        None => Some(Endpoint {
            host: text.to_owned(),
            port: default_port,
        }),
    }
}

/// The first output whose key holds all words; reader endpoints are never meant.
fn output(outputs: &BTreeMap<String, String>, words: &[&str]) -> Option<String> {
    let fits = |key: &str| {
        let key = key.to_lowercase();
        words.iter().all(|w| key.contains(w)) && !key.contains("reader")
    };
    outputs
        .iter()
        .find(|(key, _)| fits(key))
        .map(|(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(kind: &str) -> Vec<Resource> {
        vec![Resource {
            logical_id: "Cache".into(),
            physical_id: Some("name".into()),
            resource_type: kind.into(),
            ..Resource::default()
        }]
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_cache_is_found_by_its_outputs() {
        let template = "Resources: {Cache: {Type: x, Properties: {Engine: valkey}}}";
        let outputs = map(&[
            ("CacheReaderEndpointAddress", "reader"),
            ("EndpointAddress", "host"),
            ("EndpointPort", "6379"),
            ("UserId", "app"),
        ]);
        let found = find(
            &resource("AWS::ElastiCache::ServerlessCache"),
            &outputs,
            template,
            &Overrides::default(),
        );
        let Some(Target::Redis(redis)) = found else {
            panic!("{found:?}")
        };
        assert_eq!(
            redis.endpoint,
            Endpoint {
                host: "host".into(),
                port: 6379
            }
        );
        assert_eq!(
            redis.auth,
            Auth::Iam {
                user: "app".into(),
                cache: "name".into()
            }
        );
    }

    #[test]
    fn the_command_line_wins() {
        let overrides = Overrides {
            endpoint: Some("localhost:7000".into()),
            engine: Some("memcached".into()),
            ..Overrides::default()
        };
        let found = find(
            &resource("AWS::ElastiCache::ServerlessCache"),
            &map(&[]),
            "",
            &overrides,
        );
        assert_eq!(
            found,
            Some(Target::Memcached(Endpoint {
                host: "localhost".into(),
                port: 7000
            }))
        );
    }

    #[test]
    fn other_services_are_found_by_their_resource() {
        let none = Overrides::default();
        let table = find(&resource("AWS::DynamoDB::Table"), &map(&[]), "", &none);
        assert_eq!(table, Some(Target::Table("name".into())));
        let outputs = map(&[("DistributionDomainName", "d1.cloudfront.net")]);
        let http = find(
            &resource("AWS::CloudFront::Distribution"),
            &outputs,
            "",
            &none,
        );
        assert_eq!(
            http,
            Some(Target::Http("https://d1.cloudfront.net/".into()))
        );
        assert_eq!(
            find(&resource("AWS::IAM::Role"), &map(&[]), "", &none),
            None
        );
    }
}
