//! [`HttpClient`]: connections to the store, straight or through a proxy.

use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::endpoint::Endpoint;
use super::forward_proxy::ForwardProxy;
use super::options::S3Options;
use super::payload_body::PayloadBody;

/// A host that takes longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Below what servers and balancers keep silent connections for.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What is read from a connection at once, and handed on in one piece: it stays in the cache of the
/// core until it is written elsewhere.
const READ_BYTES: usize = 256 << 10;

/// Connections to the store.
#[derive(Debug)]
pub(super) enum HttpClient {
    Direct(Client<HttpsConnector<HttpConnector>, PayloadBody>),
    /// Every connection is a tunnel, so that the proxy sees neither keys nor content.
    Tunnelled(Client<HttpsConnector<Tunnel<HttpConnector>>, PayloadBody>),
    /// The proxy passes requests on.
    Forwarded(Client<ForwardProxy, PayloadBody>),
}

impl HttpClient {
    /// Trusts whom the machine trusts; a private authority belongs into its store of certificates,
    /// or into the file that `SSL_CERT_FILE` names.
    ///
    /// # Errors
    /// When the name of the proxy is none, or the machine has no certificates.
    pub(super) fn of(options: &S3Options, endpoint: &Endpoint) -> std::io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(READ_BYTES)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(options.idle_connections);
        // Most stores of one's own speak plain HTTP and need no certificates.
        let tls = if endpoint.is_secure {
            HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        } else {
            let roots = rustls::RootCertStore::empty();
            let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(std::io::Error::other)?
                .with_root_certificates(roots)
                .with_no_client_auth();
            HttpsConnectorBuilder::new().with_tls_config(config)
        };
        let tls = tls.https_or_http().enable_http1();
        let Some((host, port)) = &options.proxy else {
            return Ok(Self::Direct(builder.build(tls.wrap_connector(tcp))));
        };
        let proxy: Uri = format!("http://{host}:{port}")
            .parse()
            .map_err(std::io::Error::other)?;
        if !endpoint.is_secure {
            return Ok(Self::Forwarded(
                builder.build(ForwardProxy::new(proxy, tcp)),
            ));
        }
        let tunnel = Tunnel::new(proxy, tcp);
        Ok(Self::Tunnelled(builder.build(tls.wrap_connector(tunnel))))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        request: Request<PayloadBody>,
    ) -> Result<Response<Incoming>, Error> {
        match self {
            Self::Direct(client) => client.request(request).await,
            Self::Tunnelled(client) => client.request(request).await,
            Self::Forwarded(client) => client.request(request).await,
        }
    }
}
