// TorchScript source of operators that PyTorch can run but not differentiate.
#ifndef DEEPVISION_CORE_LOADER_FUSED_OPERATORS_H_
#define DEEPVISION_CORE_LOADER_FUSED_OPERATORS_H_

namespace deepvision {

// Functions named and called like the operators of namespace aten that they
// write out, without a mask.
inline constexpr char kFusedOperatorsSource[] = R"(
def _native_multi_head_attention(query: Tensor, key: Tensor, value: Tensor, embed_dim: int, num_head: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, mask: Optional[Tensor], need_weights: bool, average_attn_weights: bool, mask_type: Optional[int]) -> Tuple[Tensor, Optional[Tensor]]:
    batch = query.size(0)
    length = query.size(1)
    depth = embed_dim // num_head
    weights = torch.chunk(qkv_weight, 3, 0)
    biases = torch.chunk(qkv_bias, 3, 0)
    q = torch.linear(query, weights[0], biases[0]).view([batch, length, num_head, depth]).transpose(1, 2)
    k = torch.linear(key, weights[1], biases[1]).view([batch, -1, num_head, depth]).transpose(1, 2)
    v = torch.linear(value, weights[2], biases[2]).view([batch, -1, num_head, depth]).transpose(1, 2)
    scores = torch.softmax(torch.matmul(q, k.transpose(2, 3)) / (float(depth) ** 0.5), -1)
    mixed = torch.matmul(scores, v).transpose(1, 2).reshape([batch, length, embed_dim])
    result = torch.linear(mixed, proj_weight, proj_bias)
    if not need_weights:
        return result, None
    if average_attn_weights:
        scores = scores.mean([1])
    return result, scores

def _transformer_encoder_layer_fwd(src: Tensor, embed_dim: int, num_heads: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, use_gelu: bool, norm_first: bool, eps: float, norm_weight_1: Tensor, norm_bias_1: Tensor, norm_weight_2: Tensor, norm_bias_2: Tensor, ffn_weight_1: Tensor, ffn_bias_1: Tensor, ffn_weight_2: Tensor, ffn_bias_2: Tensor, mask: Optional[Tensor], mask_type: Optional[int]) -> Tensor:
    x = src
    if norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    x = src + _native_multi_head_attention(x, x, x, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, None, False, True, None)[0]
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    y = x
    if norm_first:
        y = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
    y = torch.linear(y, ffn_weight_1, ffn_bias_1)
    if use_gelu:
        y = torch.gelu(y)
    else:
        y = torch.relu(y)
    x = x + torch.linear(y, ffn_weight_2, ffn_bias_2)
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_2, norm_bias_2, eps)
    return x
)";

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_FUSED_OPERATORS_H_
