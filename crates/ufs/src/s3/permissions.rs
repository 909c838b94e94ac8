//! GetBucketAcl: whose the bucket is, and what its owner may do.

use alluxio_common::Mode;
use http::{Method, StatusCode};
use roxmltree::Node;

use super::client::Call;
use super::error::Failure;
use super::options::Acl;
use super::store::S3Objects;
use super::xml;
use crate::object::{ObjectError, ObjectPermissions};

/// Groups that everybody is in.
const EVERYBODY: [&str; 2] = [
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
];

impl S3Objects {
    /// See [`crate::object::ObjectStore::permissions`].
    pub(super) async fn bucket_permissions(
        &self,
    ) -> Result<Option<ObjectPermissions>, ObjectError> {
        match self.client.options.acl {
            Acl::Ignored => return Ok(None),
            Acl::OwnerOfBucket => return self.owner_of_bucket().await.map(Some),
            Acl::OfBucket => {}
        }
        let reply = self
            .client
            .send(&Call::bucket(Method::GET).query("acl", ""))
            .await;
        let reply = reply.map_err(|failure| self.client.error(failure))?;
        let document = xml::parse(&reply.body)?;
        let names = &self.client.options.owner_names;
        Ok(Some(permissions_of(document.root_element(), names)))
    }
}

impl S3Objects {
    /// GetBucketInfo: the owner, who has the mode that the mount says.
    async fn owner_of_bucket(&self) -> Result<ObjectPermissions, ObjectError> {
        let options = &self.client.options;
        let call = Call::bucket(Method::GET).query("bucketInfo", "");
        let owner = match self.client.send(&call).await {
            Ok(reply) => {
                let document = xml::parse(&reply.body)?;
                let bucket = xml::children(document.root_element(), "Bucket").next();
                bucket.map_or_else(String::new, |bucket| {
                    owner_name(bucket, &options.owner_names).to_owned()
                })
            }
            // Keys that may use a bucket often may not ask whose it is.
            Err(Failure::Service(error)) if error.status == StatusCode::FORBIDDEN => String::new(),
            Err(failure) => return Err(self.client.error(failure)),
        };
        Ok(ObjectPermissions {
            owner: owner.into(),
            mode: options.mode,
        })
    }
}

/// The name of the owner below `node`: the mapped one, else the one for people, else the id.
fn owner_name<'a>(node: Node<'a, '_>, names: &'a str) -> &'a str {
    let owner = xml::children(node, "Owner").next();
    let id = owner.map_or("", |owner| xml::text(owner, "ID"));
    let display = owner.map_or("", |owner| xml::text(owner, "DisplayName"));
    let mapped = names
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(from, _)| from.trim() == id)
        .map(|(_, to)| to.trim());
    mapped.unwrap_or(if display.is_empty() { id } else { display })
}

/// What the document says of an owner and a mode.
pub(super) fn of_document(root: Node<'_, '_>) -> ObjectPermissions {
    permissions_of(root, "1=bob")
}

fn permissions_of(root: Node<'_, '_>, names: &str) -> ObjectPermissions {
    let owner = xml::children(root, "Owner").next();
    let id = owner.map_or("", |owner| xml::text(owner, "ID"));
    let mut bits = 0;
    let lists = xml::children(root, "AccessControlList");
    for grant in lists.flat_map(|list| xml::children(list, "Grant")) {
        let grantee = xml::children(grant, "Grantee").next();
        let holds = |name, text| grantee.is_some_and(|grantee| xml::text(grantee, name) == text);
        let is_owner = holds("ID", id) || EVERYBODY.iter().any(|group| holds("URI", group));
        if is_owner {
            bits |= match xml::text(grant, "Permission") {
                "FULL_CONTROL" => 0o700,
                "READ" => 0o500,
                "WRITE" => 0o200,
                _ => 0,
            };
        }
    }
    ObjectPermissions {
        owner: owner_name(root, names).into(),
        mode: Mode::from_bits(bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACL: &str = "<AccessControlPolicy><Owner><ID>7f</ID><DisplayName>ann</DisplayName></Owner>\
        <AccessControlList><Grant><Grantee><ID>7f</ID></Grantee><Permission>WRITE</Permission></Grant>\
        <Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>\
        <Permission>READ</Permission></Grant><Grant><Grantee><ID>other</ID></Grantee>\
        <Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>";

    #[test]
    fn the_mode_is_what_the_owner_and_everybody_may() {
        let document = xml::parse(ACL.as_bytes()).unwrap();
        let found = permissions_of(document.root_element(), "");
        assert_eq!((&*found.owner, found.mode), ("ann", Mode::from_bits(0o700)));
        let one = ACL.replace(">WRITE<", ">READ_ACP<");
        let document = xml::parse(one.as_bytes()).unwrap();
        let found = permissions_of(document.root_element(), "1=bob; 7f=carl");
        assert_eq!(
            (&*found.owner, found.mode),
            ("carl", Mode::from_bits(0o500))
        );
    }
}
