// TorchScript source of operators that PyTorch can run but not differentiate.
#ifndef DEEPVISION_CORE_LOADER_NATIVE_ATTENTION_H_
#define DEEPVISION_CORE_LOADER_NATIVE_ATTENTION_H_

namespace deepvision {

// aten::_native_multi_head_attention without a mask, written out: the fused
// operator stands in files that were traced or frozen without gradients.
inline constexpr char kNativeAttentionSource[] = R"(
def attention(query: Tensor, key: Tensor, value: Tensor, embed_dim: int, num_head: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, mask: Optional[Tensor], need_weights: bool, average_attn_weights: bool, mask_type: Optional[int]) -> Tuple[Tensor, Optional[Tensor]]:
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
)";

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_NATIVE_ATTENTION_H_
