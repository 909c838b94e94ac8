//! From the path of a request to its service, past the check of who is calling.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::Either;
use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use prost::Message;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;
use uuid::Uuid;

use super::arriving::{Arriving, Caller, Rest, Takes};
use super::executor::Place;
use super::services::{Access, runs_apart, takes};
use super::unary;
use crate::auth::{AuthenticatedUser, CHANNEL_ID_HEADER, Channels, Identity};

/// The response of one call: at once for what the router refuses, later for what a service answers.
pub(super) type Answer =
    Either<Ready<Result<Response<Body>, Infallible>>, BoxFuture<Response<Body>, Infallible>>;

/// Whether this server answers at all, or stands by. Shared between the server and whoever decides;
/// cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Serving(Arc<AtomicBool>);

impl Serving {
    /// A server that stands by.
    pub fn standby() -> Self {
        Self::default()
    }

    /// From now on calls are answered.
    pub fn start(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// From now on calls are refused with UNAVAILABLE, which sends clients to another master.
    pub fn stop(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Whether calls are answered.
    pub fn is_serving(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// How the user of a call is found.
#[derive(Debug)]
pub(super) enum Identification {
    /// By the id of its channel.
    Channel(Arc<Channels>),
    /// It is always the same one.
    Fixed(Arc<Identity>),
}

/// A service behind one type, whatever it is made of.
trait Mounted: Send + Sync {
    fn call(&self, request: Request<Arriving>) -> BoxFuture<Response<Body>, Infallible>;
}

impl<S> Mounted for S
where
    S: Service<
            Request<Arriving>,
            Response = Response<Body>,
            Error = Infallible,
            Future = BoxFuture<Response<Body>, Infallible>,
        > + Clone
        + Send
        + Sync,
{
    fn call(&self, request: Request<Arriving>) -> BoxFuture<Response<Body>, Infallible> {
        // Generated services are always ready, and a clone is one reference count.
        Service::call(&mut self.clone(), request)
    }
}

/// When a service may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Always: the handshake and the question for the version.
    Always,
    /// While the server is serving.
    Serving(Access),
}

/// A method that is answered without the generated code.
type Direct = Box<dyn Fn(Request<Arriving>) -> BoxFuture<Response<Body>, Infallible> + Send + Sync>;

struct Route {
    name: &'static str,
    gate: Gate,
    service: Box<dyn Mounted>,
    direct: Vec<(&'static str, Direct)>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("name", &self.name)
            .field("gate", &self.gate)
            .field("direct", &self.direct.len())
            .finish_non_exhaustive()
    }
}

/// The services of one server.
#[derive(Debug)]
pub(super) struct Router {
    routes: Vec<Route>,
    identification: Identification,
    serving: Serving,
}

impl Router {
    pub(super) fn new(identification: Identification, serving: Serving) -> Self {
        Self {
            routes: Vec::new(),
            identification,
            serving,
        }
    }

    /// Adds a service. The first ones added are the first ones found.
    pub(super) fn mount<S>(&mut self, gate: Gate, service: S)
    where
        S: NamedService
            + Service<
                Request<Arriving>,
                Response = Response<Body>,
                Error = Infallible,
                Future = BoxFuture<Response<Body>, Infallible>,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        self.routes.push(Route {
            name: S::NAME,
            gate,
            service: Box::new(service),
            direct: Vec::new(),
        });
    }

    /// Answers one method of a mounted service with this handler.
    ///
    /// # Panics
    /// When the service is not mounted: a mistake in the program that is found at its first start.
    pub(super) fn mount_unary<Q, A, F, Fut>(
        &mut self,
        path: &'static str,
        max_message_bytes: usize,
        handler: F,
    ) where
        Q: Message + Default + 'static,
        A: Message + 'static,
        F: Fn(tonic::Request<Q>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<tonic::Response<A>, Status>> + Send + 'static,
    {
        let (service, method) = split(path).expect("a path has the form /service/method");
        let mut routes = self.routes.iter_mut();
        let route = routes.find(|route| route.name == service);
        let direct: Direct = Box::new(move |request| {
            Box::pin(unary::answer(request, max_message_bytes, handler.clone()))
        });
        route
            .expect("a service is mounted before its methods")
            .direct
            .push((method, direct));
    }

    /// Answers one call, and says where it goes on when it waits.
    pub(super) fn call(
        &self,
        mut request: Request<Incoming>,
        caller: &Arc<Caller>,
    ) -> (Answer, Place) {
        let Some((route, method)) = self.find(request.uri().path()) else {
            return refuse(Status::unimplemented(""));
        };
        let (apart, takes) = (runs_apart(method), takes(method));
        let direct = route.direct.iter().find(|(name, _)| *name == method);
        if let Gate::Serving(access) = route.gate {
            if !self.serving.is_serving() {
                return refuse(Status::unavailable(
                    "This server is not serving at the moment",
                ));
            }
            if access == Access::Authenticated {
                let Some(identity) = self.identify(request.headers()) else {
                    // No sentence: pooled clients of 2.9 recognise a lost channel only by the bare
                    // code.
                    return refuse(Status::unauthenticated(""));
                };
                request
                    .extensions_mut()
                    .insert(AuthenticatedUser::new(identity, caller.peer));
            }
        }
        let mut request = request.map(|body| Arriving::new(body, Arc::clone(caller), takes));
        if let Some((_, direct)) = direct {
            return (Either::Right(direct(request)), Place::Connection);
        }
        let rest = Rest::default();
        if takes == Takes::OneMessage {
            request.body_mut().leave_rest(Arc::clone(&rest));
        }
        let answer = route.service.call(request);
        let answer = Box::pin(async move {
            if apart {
                tokio::task::yield_now().await;
            }
            let answer = answer.await;
            drop(rest);
            answer
        });
        (Either::Right(answer), Place::OwnTask)
    }

    fn find<'p>(&self, path: &'p str) -> Option<(&Route, &'p str)> {
        let (service, method) = split(path)?;
        // A dozen names of mostly different lengths: a scan is faster than a hash.
        let route = self.routes.iter().find(|route| route.name == service)?;
        Some((route, method))
    }

    fn identify(&self, headers: &HeaderMap) -> Option<Arc<Identity>> {
        match &self.identification {
            Identification::Fixed(identity) => Some(Arc::clone(identity)),
            Identification::Channel(channels) => {
                let header = headers.get(CHANNEL_ID_HEADER)?;
                let id = Uuid::try_parse_ascii(header.as_bytes()).ok()?;
                channels.identify(&id)
            }
        }
    }
}

/// The service and the method in a path.
fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix('/')?.split_once('/')
}

fn refuse(status: Status) -> (Answer, Place) {
    let answer = Either::Left(ready(Ok(status.into_http())));
    (answer, Place::OwnTask)
}
