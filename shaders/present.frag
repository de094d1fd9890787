#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// Planes and one warp (a 3x3 and bends of rows) in, picture out. With BICUBIC defined it samples as the export does, for copies and enlargements; without, it averages each
// target pixel's footprint, for reductions. With DIFFERENCE it takes two warps and shows how far the two pictures are apart. These are programs of
// their own, because a branch at run time would cost software renderers both. Positions are pixels with centres at integers, y down, as
// everywhere in Keel. With FILLED what lies outside the source is mirrored or black, as in an export that shows borders. With HDR the
// picture is tone-mapped for viewing.

uniform sampler2D plane0;
uniform sampler2D plane1;
uniform sampler2D plane2;
uniform float sample_gain;      // texel -> stored value / (2^depth - 1)
uniform mat3 rgb_from_planes;
uniform vec3 plane_offset;
uniform vec2 chroma_scale;
uniform vec2 chroma_shift;

// Where rows lie beside the homography: polynomials of a row's place, which place.x * y + place.y brings to -1 to 1, in pixels.
struct Warp {
  mat3 src_from_dst;
  vec2 place;
  vec2 bend[5];
};
uniform Warp warp;
#ifdef DIFFERENCE
uniform Warp other;
uniform float gain;
#endif
uniform vec2 picture_origin;    // top-left corner on the target, in target pixels from the top
uniform vec2 dst_per_target;    // destination pixels per target pixel
uniform float target_height;
#ifndef BICUBIC
uniform int luma_taps;          // n x n bilinear samples of plane 0 per target pixel
uniform int chroma_taps;        // of the others, which may have fewer pixels
#endif

#ifdef FILLED
uniform bool fill_mirror;       // else black
uniform vec3 black;             // of each plane, in texels
#endif

out vec4 color;

#ifdef FILLED
// Mirrored at the middle of the edge pixels, which are not repeated; for indices and positions between them alike.
vec2 mirrored(vec2 p, vec2 last) { return last - abs(mod(p, max(2.0 * last, 1.0)) - last); }
#endif

#ifdef BICUBIC
// Catmull-Rom weights (a = -0.5) of the four neighbours at distance 1 + t, t, 1 - t, 2 - t.
vec4 cubic_weights(float t) {
  float t2 = t * t, t3 = t2 * t;
  return vec4(-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2);
}

#ifdef FILLED
float texel(sampler2D plane, float black_texel, ivec2 at, ivec2 last) {
  if (fill_mirror) return texelFetch(plane, ivec2(mirrored(vec2(at), vec2(last)) + 0.5), 0).r;
  bool inside = all(greaterThanEqual(at, ivec2(0))) && all(lessThanEqual(at, last));
  return inside ? texelFetch(plane, at, 0).r : black_texel;
}
#else
float texel(sampler2D plane, float black_texel, ivec2 at, ivec2 last) { return texelFetch(plane, clamp(at, ivec2(0), last), 0).r; }
#endif

float bicubic(sampler2D plane, float black_texel, vec2 p) {
  ivec2 last = textureSize(plane, 0) - 1;
  // The limit keeps the conversion to int defined.
#ifdef FILLED
  p = clamp(p, -2.0 * vec2(last) - 4.0, 3.0 * vec2(last) + 4.0);
#else
  p = clamp(p, vec2(-4.0), vec2(last) + 4.0);
#endif
  vec2 base = floor(p);
  vec4 wx = cubic_weights(p.x - base.x), wy = cubic_weights(p.y - base.y);
  ivec2 origin = ivec2(base) - 1;
  float sum = 0.0;
  for (int j = 0; j < 4; ++j) {
    ivec2 at = origin + ivec2(0, j);
    vec4 row = vec4(texel(plane, black_texel, at, last), texel(plane, black_texel, at + ivec2(1, 0), last),
                    texel(plane, black_texel, at + ivec2(2, 0), last), texel(plane, black_texel, at + ivec2(3, 0), last));
    sum += wy[j] * dot(wx, row);
  }
  return clamp(sum, 0.0, 1.0 / sample_gain);  // as the export: to what the bit depth can hold
}

#else
// The level is given, because working it out from derivatives is wasted on textures of one level.
float bilinear(sampler2D plane, float black_texel, vec2 p) {
  vec2 size = vec2(textureSize(plane, 0));
#ifdef FILLED
  if (fill_mirror) p = mirrored(p, size - 1.0);
  vec2 part = clamp(p + 1.0, 0.0, 1.0) * clamp(size - p, 0.0, 1.0);
  return mix(black_texel, textureLod(plane, (p + 0.5) / size, 0.0).r, part.x * part.y);
#else
  return textureLod(plane, (p + 0.5) / size, 0.0).r;
#endif
}
#endif

vec2 source_position(Warp by, vec2 target) {
  vec3 h = by.src_from_dst * vec3(target * dst_per_target - 0.5, 1.0);
  vec2 p = h.xy / h.z;
  float t = clamp(p.y * by.place.x + by.place.y, -1.0, 1.0);
  return p + (((by.bend[4] * t + by.bend[3]) * t + by.bend[2]) * t + by.bend[1]) * t + by.bend[0];
}

#ifndef BICUBIC
// Middle of cell (i, j) of n x n in a target pixel, from the pixel's centre.
vec2 tap_offset(int i, int j, int n) { return (vec2(float(i), float(j)) + 0.5) / float(n) - 0.5; }
#endif

#ifndef FILLED
const vec3 black = vec3(0.0);
#endif

#ifdef HDR
uniform bool transfer_is_pq;    // else HLG
uniform mat3 view_from_rgb;

// As to_view() of color_conversion.h, which says where the figures are from.
vec3 to_view(vec3 rgb) {
  if (transfer_is_pq) {
    vec3 p = pow(rgb, vec3(1.0 / 78.84375));
    rgb = 10000.0 / 203.0 * pow(max(p - 0.8359375, 0.0) / (18.8515625 - 18.6875 * p), vec3(1.0 / 0.1593017578125));
  } else {
    rgb = mix(rgb * rgb / 3.0, (exp((rgb - 0.55991073) / 0.17883277) + 0.28466892) / 12.0, vec3(greaterThan(rgb, vec3(0.5))));
    rgb *= 1000.0 / 203.0 * pow(max(dot(rgb, vec3(0.2627, 0.678, 0.0593)), 1e-6), 0.2);
  }
  rgb = max(view_from_rgb * rgb, 0.0);
  float brightest = max(max(rgb.r, rgb.g), max(rgb.b, 1e-6));
  const float white = 1000.0 / 203.0;
  return pow(min(rgb * (1.0 + brightest / (white * white)) / (1.0 + brightest), 1.0), vec3(1.0 / 2.4));
}
#else
vec3 to_view(vec3 rgb) { return rgb; }
#endif

vec3 picture(Warp by, vec2 target) {
  vec3 samples = vec3(0.0);
#ifdef BICUBIC
  vec2 p = source_position(by, target);
  vec2 c = p * chroma_scale + chroma_shift;
  samples = vec3(bicubic(plane0, black.x, p), bicubic(plane1, black.y, c), bicubic(plane2, black.z, c));
#else
  for (int j = 0; j < luma_taps; ++j)
    for (int i = 0; i < luma_taps; ++i) samples.x += bilinear(plane0, black.x, source_position(by, target + tap_offset(i, j, luma_taps)));
  for (int j = 0; j < chroma_taps; ++j)
    for (int i = 0; i < chroma_taps; ++i) {
      vec2 c = source_position(by, target + tap_offset(i, j, chroma_taps)) * chroma_scale + chroma_shift;
      samples.yz += vec2(bilinear(plane1, black.y, c), bilinear(plane2, black.z, c));
    }
  samples /= vec3(float(luma_taps * luma_taps), vec2(float(chroma_taps * chroma_taps)));
#endif
  return to_view(clamp(rgb_from_planes * (samples * sample_gain - plane_offset), 0.0, 1.0));
}

void main() {
  vec2 target = vec2(gl_FragCoord.x, target_height - gl_FragCoord.y) - picture_origin;
  vec3 rgb = picture(warp, target);
#ifdef DIFFERENCE
  rgb = min(abs(rgb - picture(other, target)) * gain, 1.0);
#endif
  color = vec4(rgb, 1.0);
}
