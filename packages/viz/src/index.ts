export type { AnsiOptions } from "./ansi/ansi-options.ts";
export { toAnsi } from "./ansi.ts";
export { type ComparisonDocumentOptions, comparisonDocument } from "./build/comparison-document.ts";
export { type ConvergenceOptions, convergenceDocument } from "./build/convergence-document.ts";
export { type FaithfulnessDocumentOptions, faithfulnessDocument } from "./build/faithfulness-document.ts";
export { type FeatureColumns, type FeaturesDocumentOptions, featuresDocument, featureValue } from "./build/features-document.ts";
export { type ImageDocumentOptions, imageDocument, imagesDocument } from "./build/image-document.ts";
export { type LayersDocumentOptions, layersDocument } from "./build/layers-document.ts";
export type { ChannelLayout } from "./build/planes.ts";
export type { HeadOptions, PartOptions, TensorLike } from "./build/result-part.ts";
export { type TabularDocumentOptions, tabularDocument } from "./build/tabular-document.ts";
export { type Displayable, display, type MediaBundle } from "./display.ts";
export type {
  ComparedDocument,
  ComparisonCost,
  ComparisonDocument,
  ComparisonPart,
} from "./documents/comparison-document.ts";
export type { Curve, CurveDocument } from "./documents/curve-document.ts";
export type { AttributionDocument, DocumentHead, ExplainedValues } from "./documents/document.ts";
export type { ImageDocument, ImageOverlay, ImagePanel, ImagePixels, ImageSign } from "./documents/image-document.ts";
export { documentFromJson, documentToJson } from "./documents/json.ts";
export type { LayerScore, LayersDocument } from "./documents/layers-document.ts";
export type { TabularDocument, TabularRow, TabularView } from "./documents/tabular-document.ts";
export type { DocumentRow, TextDocument } from "./documents/text-document.ts";
export { type HtmlOptions, toHtml } from "./html.ts";
export type { Theme } from "./score-scale.ts";
export { type SvgOptions, toSvg } from "./svg.ts";
export type { ThemeChoice } from "./theme-style.ts";
