// Which operation a request to S3 Control means: method and path, as in S3 Control's model. Those that aren't built are
// here too, so that they are refused by their names.

#include "emulator/base/encoding.h"
#include "emulator/services/s3/control/control_service.h"

namespace millrace::s3 {

namespace {

struct Route {
  std::string_view method;
  std::string_view path;  // `{}` stands for one segment, `{+}` for one or more
  std::string_view operation;
};

// clang-format off
constexpr Route kRoutes[] = {
    {"DELETE", "accessgrantsinstance", "DeleteAccessGrantsInstance"},
    {"GET", "accessgrantsinstance", "GetAccessGrantsInstance"},
    {"POST", "accessgrantsinstance", "CreateAccessGrantsInstance"},
    {"GET", "accessgrantsinstance/caller/grants", "ListCallerAccessGrants"},
    {"GET", "accessgrantsinstance/dataaccess", "GetDataAccess"},
    {"POST", "accessgrantsinstance/grant", "CreateAccessGrant"},
    {"DELETE", "accessgrantsinstance/grant/{}", "DeleteAccessGrant"},
    {"GET", "accessgrantsinstance/grant/{}", "GetAccessGrant"},
    {"GET", "accessgrantsinstance/grants", "ListAccessGrants"},
    {"DELETE", "accessgrantsinstance/identitycenter", "DissociateAccessGrantsIdentityCenter"},
    {"POST", "accessgrantsinstance/identitycenter", "AssociateAccessGrantsIdentityCenter"},
    {"POST", "accessgrantsinstance/location", "CreateAccessGrantsLocation"},
    {"DELETE", "accessgrantsinstance/location/{}", "DeleteAccessGrantsLocation"},
    {"GET", "accessgrantsinstance/location/{}", "GetAccessGrantsLocation"},
    {"PUT", "accessgrantsinstance/location/{}", "UpdateAccessGrantsLocation"},
    {"GET", "accessgrantsinstance/locations", "ListAccessGrantsLocations"},
    {"GET", "accessgrantsinstance/prefix", "GetAccessGrantsInstanceForPrefix"},
    {"DELETE", "accessgrantsinstance/resourcepolicy", "DeleteAccessGrantsInstanceResourcePolicy"},
    {"GET", "accessgrantsinstance/resourcepolicy", "GetAccessGrantsInstanceResourcePolicy"},
    {"PUT", "accessgrantsinstance/resourcepolicy", "PutAccessGrantsInstanceResourcePolicy"},
    {"GET", "accessgrantsinstances", "ListAccessGrantsInstances"},
    {"GET", "accesspoint", "ListAccessPoints"},
    {"DELETE", "accesspoint/{}", "DeleteAccessPoint"},
    {"GET", "accesspoint/{}", "GetAccessPoint"},
    {"PUT", "accesspoint/{}", "CreateAccessPoint"},
    {"DELETE", "accesspoint/{}/policy", "DeleteAccessPointPolicy"},
    {"GET", "accesspoint/{}/policy", "GetAccessPointPolicy"},
    {"PUT", "accesspoint/{}/policy", "PutAccessPointPolicy"},
    {"GET", "accesspoint/{}/policyStatus", "GetAccessPointPolicyStatus"},
    {"DELETE", "accesspoint/{}/scope", "DeleteAccessPointScope"},
    {"GET", "accesspoint/{}/scope", "GetAccessPointScope"},
    {"PUT", "accesspoint/{}/scope", "PutAccessPointScope"},
    {"GET", "accesspointfordirectory", "ListAccessPointsForDirectoryBuckets"},
    {"GET", "accesspointforobjectlambda", "ListAccessPointsForObjectLambda"},
    {"DELETE", "accesspointforobjectlambda/{}", "DeleteAccessPointForObjectLambda"},
    {"GET", "accesspointforobjectlambda/{}", "GetAccessPointForObjectLambda"},
    {"PUT", "accesspointforobjectlambda/{}", "CreateAccessPointForObjectLambda"},
    {"GET", "accesspointforobjectlambda/{}/configuration", "GetAccessPointConfigurationForObjectLambda"},
    {"PUT", "accesspointforobjectlambda/{}/configuration", "PutAccessPointConfigurationForObjectLambda"},
    {"DELETE", "accesspointforobjectlambda/{}/policy", "DeleteAccessPointPolicyForObjectLambda"},
    {"GET", "accesspointforobjectlambda/{}/policy", "GetAccessPointPolicyForObjectLambda"},
    {"PUT", "accesspointforobjectlambda/{}/policy", "PutAccessPointPolicyForObjectLambda"},
    {"GET", "accesspointforobjectlambda/{}/policyStatus", "GetAccessPointPolicyStatusForObjectLambda"},
    {"POST", "async-requests/mrap/create", "CreateMultiRegionAccessPoint"},
    {"POST", "async-requests/mrap/delete", "DeleteMultiRegionAccessPoint"},
    {"POST", "async-requests/mrap/put-policy", "PutMultiRegionAccessPointPolicy"},
    {"GET", "async-requests/mrap/{+}", "DescribeMultiRegionAccessPointOperation"},
    {"GET", "bucket", "ListRegionalBuckets"},
    {"DELETE", "bucket/{}", "DeleteBucket"},
    {"GET", "bucket/{}", "GetBucket"},
    {"PUT", "bucket/{}", "CreateBucket"},
    {"DELETE", "bucket/{}/lifecycleconfiguration", "DeleteBucketLifecycleConfiguration"},
    {"GET", "bucket/{}/lifecycleconfiguration", "GetBucketLifecycleConfiguration"},
    {"PUT", "bucket/{}/lifecycleconfiguration", "PutBucketLifecycleConfiguration"},
    {"DELETE", "bucket/{}/policy", "DeleteBucketPolicy"},
    {"GET", "bucket/{}/policy", "GetBucketPolicy"},
    {"PUT", "bucket/{}/policy", "PutBucketPolicy"},
    {"DELETE", "bucket/{}/replication", "DeleteBucketReplication"},
    {"GET", "bucket/{}/replication", "GetBucketReplication"},
    {"PUT", "bucket/{}/replication", "PutBucketReplication"},
    {"DELETE", "bucket/{}/tagging", "DeleteBucketTagging"},
    {"GET", "bucket/{}/tagging", "GetBucketTagging"},
    {"PUT", "bucket/{}/tagging", "PutBucketTagging"},
    {"GET", "bucket/{}/versioning", "GetBucketVersioning"},
    {"PUT", "bucket/{}/versioning", "PutBucketVersioning"},
    {"DELETE", "configuration/publicAccessBlock", "DeletePublicAccessBlock"},
    {"GET", "configuration/publicAccessBlock", "GetPublicAccessBlock"},
    {"PUT", "configuration/publicAccessBlock", "PutPublicAccessBlock"},
    {"GET", "jobs", "ListJobs"},
    {"POST", "jobs", "CreateJob"},
    {"GET", "jobs/{}", "DescribeJob"},
    {"POST", "jobs/{}/priority", "UpdateJobPriority"},
    {"POST", "jobs/{}/status", "UpdateJobStatus"},
    {"DELETE", "jobs/{}/tagging", "DeleteJobTagging"},
    {"GET", "jobs/{}/tagging", "GetJobTagging"},
    {"PUT", "jobs/{}/tagging", "PutJobTagging"},
    {"GET", "mrap/instances", "ListMultiRegionAccessPoints"},
    {"GET", "mrap/instances/{+}/routes", "GetMultiRegionAccessPointRoutes"},
    {"PATCH", "mrap/instances/{+}/routes", "SubmitMultiRegionAccessPointRoutes"},
    {"GET", "mrap/instances/{+}", "GetMultiRegionAccessPoint"},
    {"GET", "mrap/instances/{+}/policy", "GetMultiRegionAccessPointPolicy"},
    {"GET", "mrap/instances/{+}/policystatus", "GetMultiRegionAccessPointPolicyStatus"},
    {"GET", "storagelens", "ListStorageLensConfigurations"},
    {"DELETE", "storagelens/{}", "DeleteStorageLensConfiguration"},
    {"GET", "storagelens/{}", "GetStorageLensConfiguration"},
    {"PUT", "storagelens/{}", "PutStorageLensConfiguration"},
    {"DELETE", "storagelens/{}/tagging", "DeleteStorageLensConfigurationTagging"},
    {"GET", "storagelens/{}/tagging", "GetStorageLensConfigurationTagging"},
    {"PUT", "storagelens/{}/tagging", "PutStorageLensConfigurationTagging"},
    {"GET", "storagelensgroup", "ListStorageLensGroups"},
    {"POST", "storagelensgroup", "CreateStorageLensGroup"},
    {"DELETE", "storagelensgroup/{}", "DeleteStorageLensGroup"},
    {"GET", "storagelensgroup/{}", "GetStorageLensGroup"},
    {"PUT", "storagelensgroup/{}", "UpdateStorageLensGroup"},
    {"DELETE", "tags/{+}", "UntagResource"},
    {"GET", "tags/{+}", "ListTagsForResource"},
    {"POST", "tags/{+}", "TagResource"},
};
// clang-format on

/// `rest` is what the last name stands for.
bool matches(std::string_view form, std::string_view path, std::string_view& rest) {
  while (true) {
    const size_t form_end = std::min(form.find('/'), form.size());
    const std::string_view part = form.substr(0, form_end);
    form.remove_prefix(std::min(form.size(), form_end + 1));
    size_t end = std::min(path.find('/'), path.size());
    if (part == "{+}") {
      if (form.empty()) {
        rest = path;
        return !path.empty();
      }
      const size_t tail = path.rfind('/');  // one segment follows
      if (tail == std::string_view::npos) return false;
      end = tail;
    } else if (part == "{}") {
      if (end == 0) return false;
    } else if (part != path.substr(0, end)) {
      return false;
    }
    if (part.starts_with('{')) rest = path.substr(0, end);
    const bool path_ends = end == path.size();
    path.remove_prefix(std::min(path.size(), end + 1));
    if (form.empty() || path_ends) return form.empty() && path_ends;
  }
}

}  // namespace

std::string_view control_operation(std::string_view method, std::string_view path, std::string& rest) {
  // Forms with fixed ends stand behind the greedy ones in the model's order, and are meant first.
  const Route* found = nullptr;
  std::string_view found_rest;
  for (const Route& route : kRoutes) {
    std::string_view value;
    if (route.method != method || !matches(route.path, path, value)) continue;
    if (found && !found->path.ends_with("{+}")) continue;
    found = &route;
    found_rest = value;
  }
  if (!found) return "";
  rest = percent_decode(found_rest);
  return found->operation;
}

}  // namespace millrace::s3
