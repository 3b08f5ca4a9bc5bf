export { Type, type Static } from 'typebox';
export { schema, parse, type Schema } from './kernel/schema.ts';
export { Fault, type FaultCode } from './kernel/errors.ts';
export type { Duration } from './kernel/duration.ts';
export { decimal, decimalProduct, decimalSum, decimalText, type Decimal } from './kernel/decimal.ts';
export { gs1CheckDigit, isGln, isGtin, isSscc } from './kernel/gs1.ts';
export { numberText } from './kernel/number-text.ts';
export { defineOwner, type Owner, type Ownership } from './model/owner.ts';
export { defineLimit, type Limit, type Span, type Amount } from './model/limit.ts';
export { defineSystem, type System, type SystemLimits, type SystemRole } from './model/system.ts';
export type { Allowance, Buffer, ModeRule, SystemMode } from './model/system-mode.ts';
export type { Priority } from './model/priority.ts';
export { defineAsset, defineSignal, type Asset, type AssetLevel, type Signal, type SignalFamily } from './model/asset.ts';
export { defineTags, numberTag, textTag, type TagMap } from './model/tag-map.ts';
export { defineContract, type BusinessKeys, type Contract, type KeyName } from './model/contract.ts';
export { defineCapability, accepted, refused, action, type Action, type Capability, type Result } from './model/capability.ts';
export { defineConnector, type Connection, type Connector, type ConnectorPorts, type SendContext } from './model/connector.ts';
export { commandDone, commandRefused, type CommandDone, type CommandRefused, type CommandValue } from './model/command-order.ts';
export { type Allowed, type Interlock } from './model/machine-command.ts';
export { defineCommand } from './model/command.ts';
export { defineBinding, type Binding, type EffectIdentity, type Found, type Guarantee } from './model/binding.ts';
export {
  defineSource,
  defineSourceConnector,
  type Earlier,
  type EarlierAbsence,
  type OpenSource,
  type Quality,
  type RawAbsence,
  type RawGap,
  type RawSample,
  type Source,
  type SourceConnector,
  type SourceControl,
  type SourcePorts,
  type SourceSink,
  type WriteAnswer,
  type WriteContext,
} from './model/source.ts';
export { defineOutput, defineOutputConnector, type OpenOutput, type Output, type OutputConnector, type OutputEvent, type OutputSample } from './model/output.ts';
export { defineRule, type Clearing, type Episode, type LimitsUsed, type Rule } from './model/rule.ts';
export { above, all, any, below, is, missing, not, type Condition, type Threshold } from './model/condition.ts';
export { average, deviation, ewma, kurtosis, last, lastOf, maximum, median, minimum, peak, rateOfChange, rms, robustZ, shiftScore, tumbling, type Window } from './model/window.ts';
export { defineDecision, type Decision } from './model/decision.ts';
export { defineException, type ExceptionType } from './model/exception-type.ts';
export type { ExceptionClass } from './model/exception-class.ts';
export type { ImpactFields, Measure, OrderImpact } from './model/impact.ts';
export { defineFlow, Skipped, type Flow, type FlowContext, type Receipt } from './model/flow.ts';
export { packmlCodes, packmlFollows, packmlMap, packmlNext, packmlNumber, packmlState, packmlStates, packmlWay, type PackmlState } from './model/packml.ts';
export { noStates, stateAfter, stateSpans, type StateChange, type StateMemory, type StateSample, type StateSpan } from './model/machine-state.ts';
export { defineMachine, stateChanged, type Machine, type StateChanged } from './model/machine.ts';
export { downtimeByReason, downtimes, type Downtime, type ReasonGiven } from './model/downtime.ts';
export { counterIncrease, counterStep, type CounterNature, type CounterStep } from './model/counter.ts';
export { availability, oeeOf, performanceRatio, qualityRatio, type Oee } from './model/oee.ts';
export { vibrationFeatures, vibrationWindows, type VibrationFeatures } from './model/vibration.ts';
export { defineStandIn, type StandIn } from './model/stand-in.ts';
export type { EventFilter } from './model/event-filter.ts';
export { defineWebhook, type Webhook } from './model/webhook.ts';
export { edgeCommands } from './connectors/edge-commands/edge-commands.ts';
export { httpJson, type HttpOptions, type HttpReply, type HttpRequest } from './connectors/http-json/http-json.ts';
export { smtp, type SmtpOptions, type SmtpReply, type SmtpRequest } from './connectors/smtp/smtp.ts';
export { tryton, type TrytonOptions } from './connectors/tryton/tryton.ts';
export type { TrytonChange, TrytonDomain, TrytonNo, TrytonRead, TrytonRecord, TrytonReply, TrytonRequest, TrytonUs } from './connectors/tryton/request.ts';
export { trytonDate, trytonDecimal, type TrytonValue } from './connectors/tryton/wire-value.ts';
export { fileDrop } from './connectors/file-drop/file-drop.ts';
export { modbus } from './connectors/modbus/modbus.ts';
export { mtconnect } from './connectors/mtconnect/mtconnect.ts';
export { opcUa } from './connectors/opc-ua/opc-ua.ts';
export { mqttEndpoint } from './connectors/mqtt-endpoint/mqtt-endpoint.ts';
export { mqttJson } from './connectors/mqtt-json/mqtt-json.ts';
export { s7 } from './connectors/s7/s7.ts';
export { mqttUns } from './connectors/mqtt-uns/mqtt-uns.ts';
export { sparkplug } from './connectors/sparkplug/sparkplug.ts';
export { sparkplugNode } from './connectors/sparkplug/sparkplug-node.ts';
