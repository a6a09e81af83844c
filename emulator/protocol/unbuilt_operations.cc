#include "emulator/protocol/unbuilt_operations.h"

#include <map>

namespace millrace::protocol {

namespace {

/// Names with a blank between, by a JSON service's target prefix or a query service's version. What is built may stay.
const std::map<std::string_view, std::string_view> kUnbuilt = {
    // SNS
    {"2010-03-31",
     "CheckIfPhoneNumberIsOptedOut ConfirmSubscription CreatePlatformApplication CreatePlatformEndpoint "
     "CreateSMSSandboxPhoneNumber DeleteEndpoint DeletePlatformApplication DeleteSMSSandboxPhoneNumber "
     "GetDataProtectionPolicy GetEndpointAttributes GetPlatformApplicationAttributes GetSMSAttributes "
     "GetSMSSandboxAccountStatus ListEndpointsByPlatformApplication ListOriginationNumbers "
     "ListPhoneNumbersOptedOut ListPlatformApplications ListSMSSandboxPhoneNumbers OptInPhoneNumber "
     "PutDataProtectionPolicy SetEndpointAttributes SetPlatformApplicationAttributes SetSMSAttributes "
     "VerifySMSSandboxPhoneNumber"},
    // IAM
    {"2010-05-08",
     "AcceptDelegationRequest AssociateDelegationRequest CreateDelegationRequest "
     "DisableOutboundWebIdentityFederation EnableOutboundWebIdentityFederation "
     "GenerateOrganizationsAccessReport GetDelegationRequest GetHumanReadableSummary "
     "GetOrganizationsAccessReport GetOutboundWebIdentityFederationInfo ListDelegationRequests "
     "RejectDelegationRequest SendDelegationToken UpdateDelegationRequest"},
    // STS
    {"2011-06-15", "AssumeRoot GetDelegatedAccessToken GetWebIdentityToken"},
    // CloudWatch
    {"2010-08-01",
     "DeleteAnomalyDetector DeleteInsightRules DeleteMetricStream DescribeAlarmContributors "
     "DescribeAnomalyDetectors DescribeInsightRules DisableInsightRules EnableInsightRules GetDataset "
     "GetInsightRuleReport GetMetricStream GetMetricWidgetImage GetOTelEnrichment ListDatasets "
     "ListManagedInsightRules ListMetricStreams PutAnomalyDetector PutInsightRule PutManagedInsightRules "
     "PutMetricStream StartMetricStreams StartOTelEnrichment StopMetricStreams StopOTelEnrichment"},
    // CloudWatch Logs
    {"Logs_20140328",
     "AssociateSourceToS3TableIntegration CancelImportTask CreateDelivery CreateImportTask CreateLookupTable "
     "CreateScheduledQuery DeleteDelivery DeleteDeliveryDestination DeleteDeliveryDestinationPolicy "
     "DeleteDeliverySource DeleteIntegration DeleteLookupTable DeleteScheduledQuery DeleteTransformer "
     "DescribeConfigurationTemplates DescribeDeliveries DescribeDeliveryDestinations DescribeDeliverySources "
     "DescribeFieldIndexes DescribeImportTaskBatches DescribeImportTasks DescribeLookupTables "
     "DisassociateSourceFromS3TableIntegration GetDelivery GetDeliveryDestination "
     "GetDeliveryDestinationPolicy GetDeliverySource GetIntegration GetLogFields GetLogObject GetLookupTable "
     "GetScheduledQuery GetScheduledQueryHistory GetTransformer ListAggregateLogGroupSummaries ListAnomalies "
     "ListIntegrations ListLogGroupsForQuery ListScheduledQueries ListSourcesForS3TableIntegration "
     "PutBearerTokenAuthentication PutDeliveryDestination PutDeliveryDestinationPolicy PutDeliverySource "
     "PutIntegration PutTransformer TestTransformer UpdateAnomaly UpdateDeliveryConfiguration "
     "UpdateLookupTable UpdateScheduledQuery"},
    // EventBridge
    {"AWSEvents",
     "ActivateEventSource CreateEndpoint CreatePartnerEventSource DeactivateEventSource DeleteEndpoint "
     "DeletePartnerEventSource DescribeEndpoint DescribeEventSource DescribePartnerEventSource "
     "ListEndpoints ListEventSources ListPartnerEventSourceAccounts ListPartnerEventSources "
     "PutPartnerEvents UpdateEndpoint"},
    // KMS
    {"TrentService",
     "ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores "
     "DisconnectCustomKeyStore GetKeyLastUsage UpdateCustomKeyStore"},
    // Systems Manager
    {"AmazonSSM",
     "AssociateOpsItemRelatedItem CancelCommand CancelMaintenanceWindowExecution CreateActivation "
     "CreateAssociation CreateAssociationBatch CreateDocument CreateMaintenanceWindow CreateOpsItem "
     "CreateOpsMetadata CreatePatchBaseline CreateResourceDataSync DeleteActivation DeleteAssociation "
     "DeleteDocument DeleteInventory DeleteMaintenanceWindow DeleteOpsItem DeleteOpsMetadata "
     "DeletePatchBaseline DeleteResourceDataSync DeleteResourcePolicy DeregisterManagedInstance "
     "DeregisterPatchBaselineForPatchGroup DeregisterTargetFromMaintenanceWindow "
     "DeregisterTaskFromMaintenanceWindow DescribeActivations DescribeAssociation "
     "DescribeAssociationExecutionTargets DescribeAssociationExecutions DescribeAutomationExecutions "
     "DescribeAutomationStepExecutions DescribeAvailablePatches DescribeDocument "
     "DescribeDocumentPermission DescribeEffectiveInstanceAssociations "
     "DescribeEffectivePatchesForPatchBaseline DescribeInstanceAssociationsStatus "
     "DescribeInstanceInformation DescribeInstancePatchStates DescribeInstancePatchStatesForPatchGroup "
     "DescribeInstancePatches DescribeInstanceProperties DescribeInventoryDeletions "
     "DescribeMaintenanceWindowExecutionTaskInvocations DescribeMaintenanceWindowExecutionTasks "
     "DescribeMaintenanceWindowExecutions DescribeMaintenanceWindowSchedule "
     "DescribeMaintenanceWindowTargets DescribeMaintenanceWindowTasks DescribeMaintenanceWindows "
     "DescribeMaintenanceWindowsForTarget DescribeOpsItems DescribePatchBaselines DescribePatchGroupState "
     "DescribePatchGroups DescribePatchProperties DescribeSessions DisassociateOpsItemRelatedItem "
     "GetAccessToken GetAutomationExecution GetCalendarState GetCommandInvocation GetConnectionStatus "
     "GetDefaultPatchBaseline GetDeployablePatchSnapshotForInstance GetDocument GetExecutionPreview "
     "GetInventory GetInventorySchema GetMaintenanceWindow GetMaintenanceWindowExecution "
     "GetMaintenanceWindowExecutionTask GetMaintenanceWindowExecutionTaskInvocation "
     "GetMaintenanceWindowTask GetOpsItem GetOpsMetadata GetOpsSummary GetPatchBaseline "
     "GetPatchBaselineForPatchGroup GetResourcePolicies GetServiceSetting ListAssociationVersions "
     "ListAssociations ListCommandInvocations ListCommands ListComplianceItems ListComplianceSummaries "
     "ListDocumentMetadataHistory ListDocumentVersions ListDocuments ListInventoryEntries ListNodes "
     "ListNodesSummary ListOpsItemEvents ListOpsItemRelatedItems ListOpsMetadata "
     "ListResourceComplianceSummaries ListResourceDataSync ModifyDocumentPermission PutComplianceItems "
     "PutInventory PutResourcePolicy RegisterDefaultPatchBaseline RegisterPatchBaselineForPatchGroup "
     "RegisterTargetWithMaintenanceWindow RegisterTaskWithMaintenanceWindow ResetServiceSetting "
     "ResumeSession SendAutomationSignal SendCommand StartAccessRequest StartAssociationsOnce "
     "StartAutomationExecution StartChangeRequestExecution StartExecutionPreview StartSession "
     "StopAutomationExecution TerminateSession UpdateAssociation UpdateAssociationStatus UpdateDocument "
     "UpdateDocumentDefaultVersion UpdateDocumentMetadata UpdateMaintenanceWindow "
     "UpdateMaintenanceWindowTarget UpdateMaintenanceWindowTask UpdateManagedInstanceRole UpdateOpsItem "
     "UpdateOpsMetadata UpdatePatchBaseline UpdateResourceDataSync UpdateServiceSetting"},
    // Application Auto Scaling
    {"AnyScaleFrontendService", "GetPredictiveScalingForecast"},
};

AwsError not_built(const ServiceErrors& errors, std::string_view name) {
  return {errors.not_implemented, "The operation " + std::string(name) + " is not implemented."};
}

}  // namespace

bool is_unbuilt_operation(std::string_view service, std::string_view name) {
  const auto names = kUnbuilt.find(service);
  if (name.empty() || names == kUnbuilt.end()) return false;
  std::string_view rest = names->second;
  while (!rest.empty()) {
    const size_t blank = rest.find(' ');
    if (rest.substr(0, blank) == name) return true;
    rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
  }
  return false;
}

AwsError no_such_json_operation(const ServiceErrors& errors, std::string_view service, std::string_view name) {
  static constexpr ErrorKind kUnknown{"UnknownOperationException"};
  if (is_unbuilt_operation(service, name)) return not_built(errors, name);
  return {errors.unknown_operation ? *errors.unknown_operation : kUnknown, ""};
}

AwsError no_such_query_action(const ServiceErrors& errors, std::string_view version, std::string_view name) {
  static constexpr ErrorKind kInvalid{"InvalidAction"}, kMissing{"MissingAction"};
  constexpr std::string_view kSqs = "2012-11-05";
  if (is_unbuilt_operation(version, name)) return not_built(errors, name);
  if (name.empty())
    return {kMissing, "The request must contain the parameter Action."};  // unverified: STS and IAM redirect
  const std::string action(name);
  if (version == kSqs) return {kInvalid, "The action " + action + " is not valid for this endpoint."};
  return {kInvalid, "Could not find operation " + action + " for version " + std::string(version)};
}

}  // namespace millrace::protocol
