export { assertCausalLm } from "./causal-lm/assert-causal-lm.ts";
export type * from "./causal-lm/causal-lm.ts";
export type { CausalLmCacheEntry, CausalLmLayout } from "./causal-lm/causal-lm-layout.ts";
export {
  type DifferentiableCausalLm,
  type EmbeddingView,
  type FromEmbeddingOptions,
  fromEmbedding,
} from "./causal-lm/from-embedding.ts";
export { type ModelCausalLmOptions, modelCausalLm } from "./causal-lm/model-causal-lm.ts";
export { readVocabularySize } from "./causal-lm/vocabulary-size.ts";
export {
  AttributionError,
  InvalidArgumentError,
  RemoteError,
  TokenizationError,
  UnsupportedError,
  UnsupportedOpError,
} from "./errors.ts";
export { type FileSource, type ModelFiles, openFiles, type UrlLike } from "./files.ts";
export { BitMatrix } from "./game/bit-matrix.ts";
export { type ExactShapleyOptions, exactShapley } from "./game/exact-shapley.ts";
export type { FeatureSwitch } from "./game/feature-switch.ts";
export { type CharacteristicFunction, type FunctionGameOptions, functionGame } from "./game/function-game.ts";
export type * from "./game/game.ts";
export { type KernelShapOptions, kernelShap } from "./game/kernel-shap.ts";
export { leaveOneOut } from "./game/leave-one-out.ts";
export { type LeaveWindowsOutOptions, leaveWindowsOut } from "./game/leave-windows-out.ts";
export { type LimeKernel, type LimeOptions, lime } from "./game/lime.ts";
export type { LimeRegressor } from "./game/lime-fit.ts";
export { type MemoisedGame, type MemoiseOptions, memoise } from "./game/memoise.ts";
export { type PlayerMap, partitionSwitch } from "./game/partition-switch.ts";
export { type ShapleySamplingOptions, shapleySampling } from "./game/shapley-sampling.ts";
export { type TensorGame, type TensorGameOptions, tensorGame } from "./game/tensor-game.ts";
export { type SlidingWindow, windowSwitch } from "./game/window-switch.ts";
export type { ClassActivationMap } from "./gradient/channel-map.ts";
export type { Stdev } from "./gradient/noise.ts";
export { type Quadrature, type QuadratureRule, quadratureRule } from "./gradient/quadrature.ts";
export {
  AttributionResult,
  type AttributionResultInit,
  type AttributionResultJson,
  type Evaluations,
} from "./methods/attribution-result.ts";
export {
  BlurIntegratedGradients,
  type BlurIntegratedGradientsOptions,
  type BlurIntegratedGradientsSettings,
} from "./methods/blur-integrated-gradients.ts";
export { Deconvolution } from "./methods/deconvolution.ts";
export { DeepLift, type DeepLiftSettings } from "./methods/deep-lift.ts";
export { DeepLiftShap } from "./methods/deep-lift-shap.ts";
export { ExpectedGradients, type ExpectedGradientsOptions } from "./methods/expected-gradients.ts";
export { FeatureAblation, type FeatureAblationOptions } from "./methods/feature-ablation.ts";
export {
  FeaturePermutation,
  type FeaturePermutationOptions,
  type FeaturePermutationSettings,
} from "./methods/feature-permutation.ts";
export { GradCam, type GradCamSettings } from "./methods/grad-cam.ts";
export type * from "./methods/gradient-options.ts";
export { GradientShap, type GradientShapOptions } from "./methods/gradient-shap.ts";
export { GuidedBackprop } from "./methods/guided-backprop.ts";
export { GuidedGradCam, type GuidedGradCamSettings } from "./methods/guided-grad-cam.ts";
export {
  GuidedIntegratedGradients,
  type GuidedIntegratedGradientsOptions,
} from "./methods/guided-integrated-gradients.ts";
export { InputXGradient } from "./methods/input-x-gradient.ts";
export {
  IntegratedGradients,
  type IntegratedGradientsOptions,
  type IntegratedGradientsSettings,
} from "./methods/integrated-gradients.ts";
export { InternalInfluence } from "./methods/internal-influence.ts";
export { KernelShap, type KernelShapAttributeOptions } from "./methods/kernel-shap.ts";
export { LayerActivation, type LayerActivationSettings } from "./methods/layer-activation.ts";
export { LayerConductance, type LayerConductanceOptions } from "./methods/layer-conductance.ts";
export { LayerGradientXActivation, type LayerGradientXActivationSettings } from "./methods/layer-gradient-x-activation.ts";
export { Lime, type LimeAttributeOptions } from "./methods/lime.ts";
export { Lrp, type LrpSettings } from "./methods/lrp.ts";
export type * from "./methods/method.ts";
export { NeuronConductance, type NeuronConductanceSettings } from "./methods/neuron-conductance.ts";
export { NoiseTunnel, type NoiseTunnelOptions, type NoiseTunnelType, type TunnelledOptions } from "./methods/noise-tunnel.ts";
export { type AxisLengths, Occlusion, type OcclusionOptions } from "./methods/occlusion.ts";
export type * from "./methods/options.ts";
export { Saliency, type SaliencySettings } from "./methods/saliency.ts";
export { ShapleyValueSampling, type ShapleyValueSamplingAttributeOptions } from "./methods/shapley-value-sampling.ts";
export { ShapleyValues, type ShapleyValuesOptions } from "./methods/shapley-values.ts";
export { type TensorJson, tensorFromJson, tensorToJson } from "./methods/tensor-json.ts";
export { Xrai, type XraiOptions, type XraiSettings } from "./methods/xrai.ts";
export { comprehensiveness, type ShareOptions, sufficiency } from "./metrics/comprehensiveness.ts";
export type { Explanation } from "./metrics/explanation.ts";
export type { Faithfulness, FaithfulnessOptions, RandomOrders } from "./metrics/faithfulness.ts";
export { type InfidelityOptions, infidelity } from "./metrics/infidelity.ts";
export type { Perturb, Perturbed } from "./metrics/perturb.ts";
export { rankCorrelation, type TopAgreement, topAgreement } from "./metrics/rank-agreement.ts";
export { type RankFeaturesOptions, rankFeatures } from "./metrics/rank-features.ts";
export {
  type ModelCost,
  type RankedGame,
  type RankOptions,
  type RankPlayersOptions,
  rankPlayers,
} from "./metrics/ranked-game.ts";
export { deletionCurve, insertionCurve, type RemovalCurveOptions } from "./metrics/removal-curves.ts";
export type { SampledMetric } from "./metrics/sampled-metric.ts";
export { type SensitivityOptions, sensitivityMax } from "./metrics/sensitivity-max.ts";
export {
  assertDifferentiableGraphModel,
  assertDifferentiableModel,
  assertExplainable,
  assertGraphModel,
  assertModel,
} from "./model/assert-model.ts";
export { type Baselines, type ResolvedBaselines, resolveBaselines } from "./model/baselines.ts";
export { type BindOptions, bind } from "./model/bind.ts";
export { isCausalLm, isDifferentiableModel, isGraphModel, isModel } from "./model/capabilities.ts";
export type * from "./model/differentiable.ts";
export { type FeatureMask, type ResolvedFeatureMask, resolveFeatureMask } from "./model/feature-mask.ts";
export { fromLayer } from "./model/from-layer.ts";
export { type FunctionModelOptions, type FunctionOutput, functionModel } from "./model/function-model.ts";
export type * from "./model/gradient-rules.ts";
export { type ModelInputs, resolveInputs } from "./model/inputs.ts";
export { limitBatch } from "./model/limit-batch.ts";
export { logSoftmax } from "./model/log-softmax.ts";
export type * from "./model/model.ts";
export { type ModelCall, onCall } from "./model/on-call.ts";
export { resolveTarget, type Target, type TargetPlan } from "./model/target.ts";
export { upToLayer } from "./model/up-to-layer.ts";
export type { ViewOf } from "./model/view.ts";
export { wholeBatch } from "./model/whole-batch.ts";
export type * from "./signal.ts";
export type { ElementOf } from "./tensor/dtype.ts";
export { tensor } from "./tensor/from.ts";
export { type HostBackend, hostBackend } from "./tensor/host-backend.ts";
export { HostTensor } from "./tensor/host-tensor.ts";
export { type Random, seededRandom } from "./tensor/random.ts";
export { broadcastShapes, checkShape, formatShape, resolveAxis, sameShape, sizeOf } from "./tensor/shape.ts";
export type * from "./tensor/tensor.ts";
