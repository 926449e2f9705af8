//! `verify` against real servers on this machine: Redis with TLS and ACL, Memcached with TLS,
//! DynamoDB and S3 by the emulator, and nginx as an origin behind a caching proxy.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "support/fake_cfn/mod.rs"]
mod fake_cfn;
#[path = "support/stacks.rs"]
mod stacks;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fake_cfn::Fake;
use stacks::{Desk, Run, signal, tool, wait};

/// A server process, ended when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Asked, not killed: nginx ends its workers only when it may.
        signal(&self.0, "-TERM");
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn start(program: &str, args: &[&str], port: u16) -> Server {
    let child = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait(program, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    Server(child)
}

/// A private authority and a certificate for `localhost`: `ca.pem`, `s.pem`, `s.key`.
fn certificates(dir: &Path) {
    let script = "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca 2>&1 &&
        openssl req -newkey rsa:2048 -nodes -keyout s.key -out s.csr -subj /CN=localhost 2>&1 &&
        printf 'subjectAltName=DNS:localhost' > ext &&
        openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out s.pem 2>&1 &&
        chmod 644 s.key";
    let done = Command::new("sh")
        .args(["-c", script])
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
}

const CACHE: &str = "Parameters:\n  Suffix: {Type: String}\nMetadata:\n  Cachewright: {HitP99Ms: '1000'}\nResources:\n  Cache:\n    Type: AWS::ElastiCache::ServerlessCache\n    Properties: {Engine: ENGINE}\n";

fn scene(engine: &str) -> (Fake, Desk) {
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    desk.write(&CACHE.replace("ENGINE", engine), "one");
    desk.deploy("").ends(0);
    certificates(desk.dir.path());
    (fake, desk)
}

fn with_ca(desk: &Desk, args: &str, password: Option<&str>) -> Run {
    let mut command = desk.command(args);
    command.env("AWS_CA_BUNDLE", desk.path("ca.pem"));
    if let Some(password) = password {
        command.env("CACHEWRIGHT_CACHE_PASSWORD", password);
    }
    Run::from(command.output().unwrap())
}

/// The access string that the generated stacks give their user, without the options of a workload.
fn access_string() -> String {
    let template =
        std::fs::read_to_string("templates/stack/elasticache-serverless.yaml.tera").unwrap();
    let line = template
        .lines()
        .find(|l| l.contains("AccessString: \"on ~*"));
    let mut text = line.unwrap().split('"').nth(1).unwrap().to_owned();
    while let Some(from) = text.find("{%") {
        let end = text.find("{% endif %}").unwrap() + "{% endif %}".len();
        text.replace_range(from..end, "");
    }
    text.trim_start_matches("on ~* ").to_owned()
}

fn redis(desk: &Desk) -> Option<(Server, u16)> {
    if !tool(Path::new("/usr/bin/redis-server")) {
        return None;
    }
    let port = free_port();
    let dir = desk.dir.path().display();
    let rights = access_string();
    let config = format!(
        "bind 127.0.0.1\nport 0\ntls-port {port}\ntls-cert-file {dir}/s.pem\ntls-key-file {dir}/s.key\ntls-ca-cert-file {dir}/ca.pem\ntls-auth-clients no\nsave \"\"\ndir {dir}\nuser default off\nuser app on >secret ~cachewright-verify-* {rights}\nuser old on >secret ~* -@all +@read +@write +@connection\nuser reader on >secret ~* -@all +@read +@connection\n"
    );
    let path = desk.path("redis.conf");
    std::fs::write(&path, config).unwrap();
    Some((
        start("/usr/bin/redis-server", &[path.to_str().unwrap()], port),
        port,
    ))
}

#[test]
fn redis_with_tls_and_acl() {
    let (_fake, desk) = scene("redis");
    let Some((_server, port)) = redis(&desk) else {
        return;
    };
    let base = format!("verify s --endpoint localhost:{port}");
    let run = with_ca(&desk, &format!("{base} --user app"), Some("secret")).ends(0);
    let run = run
        .says("TLSv1_3")
        .says("as app")
        .says("200 reads: p50")
        .says("promised p99 1000 ms");
    let run = run
        .says("a key with a time to live of 0.3 s is gone")
        .says("test key removed");
    assert!(
        !format!("{}{}", run.out, run.err).contains("secret"),
        "no secret in any output"
    );
    // A promise that is broken is a finding.
    let tight = format!("{base} --user app --promise-p99-ms 0.000001");
    with_ca(&desk, &tight, Some("secret"))
        .ends(5)
        .says("FAILED  latency");
    // Wrong password, a user who may not write, no user.
    with_ca(&desk, &format!("{base} --user app"), Some("wrong"))
        .ends(5)
        .says("FAILED  sign-in")
        .says("WRONGPASS");
    with_ca(&desk, &format!("{base} --user reader"), Some("secret"))
        .ends(5)
        .says("FAILED  set")
        .says("NOPERM");
    // Rights that let a plain client through and no cluster client.
    with_ca(&desk, &format!("{base} --user old"), Some("secret"))
        .ends(5)
        .says("FAILED  cluster client")
        .says("+cluster|slots")
        .says("ok      set and get");
    with_ca(&desk, &base, None).ends(5).says("NOAUTH");
    // A certificate of an unknown authority is never accepted.
    desk.run(&format!("{base} --user app"))
        .ends(5)
        .says("FAILED  tls")
        .says("AWS_CA_BUNDLE");
}

/// What the report promises travels in the generated template to the stack, and from there to `verify`.
#[test]
fn the_promise_of_the_report_is_what_verify_compares_with() {
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    let profile = "version: 1\nname: promise\nregion: us-east-1\nlayer: application\ntraffic: { reads: 1200/s, writes: 40/s }\ndata: { item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }\nnetwork: { vpc: existing }\nprivate_access: required\ndeployment: { vpc_id: vpc-0123456789abcdef0, subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1] }\n";
    std::fs::write(desk.path("promise.yaml"), profile).unwrap();
    let report = desk.run("recommend promise.yaml --format json").ends(0).out;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let of_valkey = |c: &&serde_json::Value| {
        c["service"] == "elasticache-serverless" && c["variant"] == "valkey"
    };
    let candidates = report["candidates"].as_array().unwrap();
    let latency = &candidates.iter().find(of_valkey).unwrap()["latency"];
    let promised = [("p50", "hit_p50_ms"), ("p99", "hit_p99_ms")]
        .iter()
        .filter_map(|(name, key)| Some(format!("{name} {} ms", latency[key].as_f64()?)))
        .collect::<Vec<_>>()
        .join(", ");
    assert!(!promised.is_empty(), "{latency}");
    desk.run("generate promise.yaml --service elasticache-serverless --variant valkey --output g")
        .ends(0);
    desk.run("deploy g --stack-name s --yes --poll-ms 10")
        .ends(0);
    certificates(desk.dir.path());
    let Some((_server, port)) = redis(&desk) else {
        return;
    };
    let base = format!("verify s --endpoint localhost:{port} --user app");
    let run = with_ca(&desk, &base, Some("secret"));
    // Whether this machine keeps it is not the point: a busy one may not.
    assert!(matches!(run.code, Some(0 | 5)), "{}{}", run.out, run.err);
    run.says("200 reads: p50")
        .says(&format!("promised {promised}"));
}

/// One of the small servers in `tests/support/servers`.
fn helper(name: &str, settings: &serde_json::Value, port: u16) -> Server {
    let script = format!(
        "{}/tests/support/servers/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    start(
        "/usr/bin/python3",
        &["-B", &script, &settings.to_string()],
        port,
    )
}

/// As at AWS: the signed token is checked, claim by claim and by its signature, and only then does the
/// client get through to the server, which is a real one.
#[test]
fn redis_sign_in_with_iam_is_checked_and_then_everything_works() {
    let (_fake, desk) = scene("redis");
    let Some((_server, behind)) = redis(&desk) else {
        return;
    };
    if !tool(Path::new("/usr/bin/python3")) {
        return;
    }
    let relay = |change: &[(&str, &str)]| {
        let port = free_port();
        let mut settings = serde_json::json!({
            "port": port, "server": behind, "cache": "phys-Cache", "user": "app", "password": "secret",
            "access_key": "test", "secret": "test", "region": "us-east-1",
            "ca": desk.path("ca.pem"), "certificate": desk.path("s.pem"), "key": desk.path("s.key"),
        });
        for (key, value) in change {
            settings[*key] = serde_json::json!(value);
        }
        (helper("valkey_iam.py", &settings, port), port)
    };
    let verify = |port: u16| {
        let args = format!("verify s --endpoint localhost:{port} --user app --operations 50");
        with_ca(&desk, &args, None)
    };
    let (_good, port) = relay(&[]);
    verify(port)
        .ends(0)
        .says("as app")
        .says("50 reads: p50")
        .says("a key with a time to live of 0.3 s is gone")
        .says("test key removed");
    // The relay refuses what AWS would: another secret, cache, user, Region or key.
    for (change, named) in [
        (("secret", "other"), "(signature)"),
        (("cache", "another"), "(cache)"),
        (("user", "another"), "(user)"),
        (("region", "eu-west-1"), "(scope)"),
        (("access_key", "AKIDOTHER"), "(key)"),
    ] {
        let (_bad, port) = relay(&[change]);
        verify(port)
            .ends(5)
            .says("FAILED  sign-in")
            .says(named)
            .says("elasticache:Connect");
    }
}

/// Directory buckets: one session, and every object by its credentials; the signatures are checked.
#[test]
fn a_directory_bucket_is_used_through_a_session() {
    if !tool(Path::new("/usr/bin/python3")) {
        return;
    }
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    desk.write("Parameters:\n  Suffix: {Type: String}\nResources:\n  Bucket:\n    Type: AWS::S3Express::DirectoryBucket\n", "one");
    desk.deploy("").ends(0);
    let bucket = |secret: &str, denied: bool| {
        let port = free_port();
        let settings = serde_json::json!({
            "port": port, "bucket": "phys--use1-az4--x-s3", "access_key": "test", "secret": secret, "denied": denied,
        });
        (helper("s3_express.py", &settings, port), port)
    };
    let verify = |port: u16| {
        let mut command = desk.command("verify s --operations 50");
        command.env("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{port}"));
        Run::from(command.output().unwrap())
    };
    let (_good, port) = bucket("test", false);
    verify(port)
        .ends(0)
        .says("the object came back whole")
        .says("50 reads: p50")
        .says("test object removed")
        .says("objects expire after 1 day");
    let mut counts = ureq::get(format!("http://127.0.0.1:{port}/counts"))
        .call()
        .unwrap();
    let counts: serde_json::Value =
        serde_json::from_str(&counts.body_mut().read_to_string().unwrap()).unwrap();
    // Put, get, 50 timed reads, delete.
    assert_eq!(
        counts,
        serde_json::json!({ "sessions": 1, "objects": 53, "left": 0 })
    );
    for (secret, denied) in [("other", false), ("test", true)] {
        let (_bad, port) = bucket(secret, denied);
        verify(port)
            .ends(5)
            .says("FAILED  put")
            .says("CreateSession failed (AccessDenied)")
            .says("grant s3express:CreateSession");
    }
}

#[test]
fn memcached_with_tls() {
    let (_fake, desk) = scene("memcached");
    if !tool(Path::new("/usr/bin/memcached")) {
        return;
    }
    let port = free_port();
    let (cert, key) = (desk.path("s.pem"), desk.path("s.key"));
    let tls = format!(
        "ssl_chain_cert={},ssl_key={}",
        cert.display(),
        key.display()
    );
    let text = port.to_string();
    let mut args = vec!["-l", "127.0.0.1", "-p", &text, "-Z", "-o", &tls];
    if std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
        args.extend(["-u", "root"]);
    }
    let _server = start("/usr/bin/memcached", &args, port);
    let run = with_ca(
        &desk,
        &format!("verify s --endpoint localhost:{port}"),
        None,
    )
    .ends(0);
    run.says("TLSv1_3")
        .says("set and get")
        .says("200 reads: p50")
        .says("time to live of 1 s is gone");
}

#[test]
fn what_cannot_be_reached_is_explained() {
    let (_fake, desk) = scene("valkey");
    let port = free_port();
    desk.run(&format!("verify s --endpoint localhost:{port}"))
        .ends(5)
        .says("FAILED  reachable");
    desk.run("verify s --endpoint no-such-host.invalid:6379")
        .ends(5)
        .says("does not resolve");
    desk.run("verify s")
        .ends(5)
        .says("nothing-to-verify")
        .says("--endpoint");
}

/// Answers every request with a table's description as no SDK reads it.
fn unreadable() -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let body = r#"{"Table": {"TableName": "t1", "DeletionProtectionEnabled": "true"}}"#;
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8_192]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

#[test]
fn an_answer_that_cannot_be_read_is_no_missing_network_path() {
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    desk.write("Parameters:\n  Suffix: {Type: String}\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n", "one");
    desk.deploy("").ends(0);
    let mut command = desk.command("verify s");
    let port = unreadable();
    command.env(
        "AWS_ENDPOINT_URL_DYNAMODB",
        format!("http://127.0.0.1:{port}"),
    );
    Run::from(command.output().unwrap())
        .ends(5)
        .says("FAILED  reachable")
        .says("is not what AWS answers")
        .says("expected ValueBool")
        .never_says("gateway endpoint");
}

#[test]
fn nginx_as_origin_behind_a_caching_proxy() {
    if !tool(Path::new("/usr/sbin/nginx")) {
        return;
    }
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    let edge = "Parameters:\n  Suffix: {Type: String}\nResources:\n  Distribution:\n    Type: AWS::CloudFront::Distribution\n";
    desk.write(edge, "one");
    desk.deploy("").ends(0);
    certificates(desk.dir.path());
    let (origin, proxy) = (free_port(), free_port());
    let dir = desk.dir.path().display();
    let config = format!(
        "daemon off; error_log {dir}/error.log; pid {dir}/nginx.pid; events {{}}
        http {{
          access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/g;
          proxy_cache_path {dir}/cache keys_zone=c:1m;
          server {{ listen 127.0.0.1:{origin};
            location / {{ add_header Cache-Control max-age=60; return 200 hello; }}
            location /private {{ add_header Cache-Control no-store; return 200 me; }}
            location /missing {{ return 404; }} }}
          server {{ listen 127.0.0.1:{proxy} ssl; ssl_certificate {dir}/s.pem; ssl_certificate_key {dir}/s.key;
            location / {{ proxy_pass http://127.0.0.1:{origin}; proxy_cache c; add_header X-Cache $upstream_cache_status; }} }}
        }}"
    );
    let path = desk.path("nginx.conf");
    std::fs::write(&path, config).unwrap();
    let _server = start("/usr/sbin/nginx", &["-c", path.to_str().unwrap()], proxy);
    let base = format!("verify s --endpoint https://localhost:{proxy}");
    with_ca(&desk, &base, None)
        .ends(0)
        .says("over TLS")
        .says("hit on the second request")
        .says("200 reads: p50");
    with_ca(&desk, &format!("{base} --path /private"), None)
        .ends(5)
        .says("MISS")
        .says("no-store");
    with_ca(&desk, &format!("{base} --path /missing"), None)
        .ends(5)
        .says("status 404");
    desk.run(&base)
        .ends(5)
        .says("FAILED  reachable")
        .says("AWS_CA_BUNDLE");
}

#[test]
fn dynamodb_and_s3_of_the_emulator() {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".tools/ministack/bin/ministack");
    if !tool(&program) {
        return;
    }
    let port = free_port();
    let child = Command::new(&program)
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Server(child);
    wait("the emulator", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let desk = Desk::new(&format!("http://127.0.0.1:{port}"));
    let table = "Parameters:\n  Suffix: {Type: String}\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: t1\n      BillingMode: PAY_PER_REQUEST\n      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: n, AttributeType: N}]\n      KeySchema: [{AttributeName: pk, KeyType: HASH}, {AttributeName: n, KeyType: RANGE}]\n";
    desk.write(table, "one");
    desk.deploy("").ends(0);
    // The emulator's CloudFormation leaves time to live out, which is exactly what verify must notice.
    desk.run("verify s")
        .ends(5)
        .says("FAILED  expiry")
        .says("put and get")
        .says("200 reads: p50");
    call(
        &desk,
        "UpdateTimeToLive",
        r#"{"TableName":"t1","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"expires"}}"#,
    );
    desk.run("verify s --operations 50")
        .ends(0)
        .says("items expire by `expires`")
        .says("50 reads: p50");
    let left = call(&desk, "Scan", r#"{"TableName":"t1"}"#);
    assert!(
        left.contains("\"Count\": 0") || left.contains("\"Count\":0"),
        "cleaned up: {left}"
    );
    let bucket =
        "Parameters:\n  Suffix: {Type: String}\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n";
    desk.write(bucket, "one");
    desk.run("deploy app --stack-name b --yes --poll-ms 50")
        .ends(0);
    desk.run("verify b")
        .ends(0)
        .says("the object came back whole")
        .says("test object removed");
}

fn call(desk: &Desk, action: &str, body: &str) -> String {
    let mut response = ureq::post(&desk.endpoint)
        .header("X-Amz-Target", format!("DynamoDB_20120810.{action}"))
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
        .send(body)
        .unwrap();
    response.body_mut().read_to_string().unwrap()
}

#[test]
fn a_file_cache_is_checked_through_its_mount() {
    let fake = Fake::start();
    let desk = Desk::new(&fake.url());
    desk.write("Parameters:\n  Suffix: {Type: String}\nResources:\n  Cache:\n    Type: AWS::FSx::FileCache\n", "one");
    desk.deploy("").ends(0);
    desk.run("verify s")
        .ends(0)
        .says("mount -t lustre")
        .says("--mount");
    let mount = desk.path("mnt");
    std::fs::create_dir(&mount).unwrap();
    let with = format!("verify s --mount {}", mount.display());
    desk.run(&with)
        .ends(0)
        .says("write and read")
        .says("200 reads: p50")
        .says("test file removed");
    assert_eq!(std::fs::read_dir(&mount).unwrap().count(), 0, "cleaned up");
    desk.run("verify s --mount /no/such/place")
        .ends(5)
        .says("FAILED  write");
}
